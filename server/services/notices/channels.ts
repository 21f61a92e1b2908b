/** Channels that people are told by. A configuration is sealed when it comes in and opened only to send; nobody is shown it. */

import {
  type ChannelSummary,
  channelTypeOf,
  type CreateChannelRequest,
  type DeliverySummary,
  type UpdateChannelRequest,
} from "../../../shared/api/channels.ts";
import { type Clock, formatTimestamp } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Ledger } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import type { Outcome } from "../../notify/send.ts";
import { isUniqueViolation } from "../../store/faults.ts";
import type { Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import type { Vault } from "../../vault/vault.ts";
import { newChannelRow, sealConfig } from "./channel_rows.ts";
import { type ChannelRow, ChannelSender } from "./channel_sender.ts";
import type { ServiceDeps } from "../deps.ts";
import { readList } from "../json_columns.ts";
import { success } from "../success.ts";

/** Deliveries shown of one channel. */
const SHOWN = 100;

export class ChannelService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #sender: ChannelSender;

  constructor(deps: ServiceDeps) {
    this.#store = deps.store;
    this.#ledger = deps.ledger;
    this.#vault = deps.vault;
    this.#clock = deps.clock;
    this.#sender = new ChannelSender(deps);
  }

  async list(_caller: AdminCaller): Promise<ChannelSummary[]> {
    const rows = await this.#store.reader.selectFrom("notification_channels").selectAll().orderBy("name")
      .execute();
    return rows.map(toSummary);
  }

  /** @throws VaultError `request.invalid`, `channel.exists` */
  async create(caller: AdminCaller, request: CreateChannelRequest) {
    const { channel_type, name } = request;
    const id = randomUuid();
    const now = this.#clock.now();
    await this.#ledger.commit(async (tx) => {
      await tx.audit(
        success(caller, "create_notification_channel", { resourcePath: name, details: { channel_type } }),
      );
      const row = newChannelRow(this.#vault, request, { id, now });
      await orExists(tx.db.insertInto("notification_channels").values(row).execute());
    });
    return { id, name, channel_type };
  }

  /** What is left out stays. @throws VaultError `request.invalid`, `channel.not_found` */
  async update(caller: AdminCaller, id: string, request: UpdateChannelRequest): Promise<void> {
    await this.#ledger.commit(async (tx) => {
      const details = { changed: Object.keys(request) };
      const { channel_type, name } = await findChannel(tx.db, id);
      await tx.audit(success(caller, "update_notification_channel", { resourcePath: name, details }));
      const { enabled, severities, namespaces } = request;
      const changes = {
        updated_at: this.#clock.now(),
        ...(enabled === undefined ? {} : { enabled: Number(enabled) }),
        ...(typeof request.description === "string" ? { description: request.description || null } : {}),
        ...(severities === undefined ? {} : { severities: JSON.stringify(severities) }),
        ...(namespaces === undefined
          ? {}
          : { namespaces: namespaces === null ? null : JSON.stringify(namespaces) }),
        ...(request.config === undefined
          ? {}
          : sealConfig(this.#vault, id, channelTypeOf(channel_type), request.config)),
      };
      await tx.db.updateTable("notification_channels").set(changes).where("id", "=", id).execute();
    });
  }

  /** With what it has still to be told. @throws VaultError `channel.not_found` */
  async delete(caller: AdminCaller, id: string): Promise<void> {
    await this.#ledger.commit(async (tx) => {
      const { name } = await findChannel(tx.db, id);
      await tx.audit(success(caller, "delete_notification_channel", { resourcePath: name }));
      await tx.db.deleteFrom("notification_channels").where("id", "=", id).execute();
    });
  }

  /** C8: sends a test message to this channel only, once, and says what came back. @throws VaultError `channel.not_found` */
  async test(caller: AdminCaller, id: string): Promise<Outcome & { readonly name: string }> {
    const row = await findChannel(this.#store.reader, id);
    const text = "CortexAuth test: somebody pressed the test button of this channel; nothing happened";
    const at = formatTimestamp(this.#clock.now());
    const entry = success(caller, "test_notification_channel", { resourcePath: row.name });
    const message = { text, event: { kind: "test", raised_at: at } };
    const { delivered, result } = await this.#sender.send(entry, row, message);
    return { delivered, result, name: row.name };
  }

  /** Newest first. @throws VaultError `channel.not_found` */
  async deliveries(_caller: AdminCaller, id: string): Promise<DeliverySummary[]> {
    await findChannel(this.#store.reader, id);
    const rows = await this.#store.reader.selectFrom("notification_deliveries as d")
      .innerJoin("events as e", "e.id", "d.event_id")
      .select(["d.id", "e.kind", "d.state", "d.attempts", "d.result", "e.raised_at", "d.next_attempt_at"])
      .where("d.channel_id", "=", id).orderBy("e.raised_at", "desc").limit(SHOWN).execute();
    return rows.map((row) => ({
      ...row,
      raised_at: formatTimestamp(row.raised_at),
      next_attempt_at: row.state === "waiting" ? formatTimestamp(row.next_attempt_at) : null,
    }));
  }
}

async function findChannel(db: Queries, id: string): Promise<ChannelRow> {
  const row = await db.selectFrom("notification_channels").selectAll().where("id", "=", id)
    .executeTakeFirst();
  if (row !== undefined) return row;
  throw new VaultError(
    "channel.not_found",
    "There is no channel with this id; list the channels for their ids",
  );
}

async function orExists(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isUniqueViolation(error, "notification_channels.name")) throw error;
    throw new VaultError(
      "channel.exists",
      "A channel of this name exists; change it, or choose another name",
    );
  }
}

function toSummary(row: ChannelRow): ChannelSummary {
  return {
    id: row.id,
    channel_type: row.channel_type,
    name: row.name,
    enabled: row.enabled === 1,
    description: row.description,
    severities: readList(row.severities),
    namespaces: row.namespaces === null ? null : readList(row.namespaces),
    created_at: formatTimestamp(row.created_at),
    updated_at: formatTimestamp(row.updated_at),
  };
}
