/** Opens a channel's configuration, under a row of the audit log, and makes one attempt to send. */

import type { Selectable } from "kysely";
import { channelTypeOf } from "../../../shared/api/channels.ts";
import type { AuditEntry } from "../../audit/entry.ts";
import { resolveByDns } from "../../notify/addresses.ts";
import { type Message, type Outcome, send } from "../../notify/send.ts";
import type { NotificationChannelTable } from "../../store/event_schema.ts";
import { channelPlace } from "./channel_rows.ts";
import type { ServiceDeps } from "../deps.ts";

export type ChannelRow = Selectable<NotificationChannelTable>;

export class ChannelSender {
  readonly #deps: ServiceDeps;

  constructor(deps: ServiceDeps) {
    this.#deps = deps;
  }

  /** @throws VaultError where the row of the audit log cannot be written */
  async send(entry: AuditEntry, row: ChannelRow, message: Message, signal?: AbortSignal): Promise<Outcome> {
    const config = await this.#deps.vault.users.during(() => this.#open(entry, row.id));
    const { clock, mail, config: { notifyAllowPrivate: allowPrivate = false } } = this.#deps;
    const options = { now: clock.now(), allowPrivate, resolve: resolveByDns, mail, signal };
    return await send(channelTypeOf(row.channel_type), config, message, options);
  }

  /** Reads the row anew: a rotation of the KEK may have passed since the caller read it. */
  async #open(entry: AuditEntry, id: string): Promise<unknown> {
    const permit = await this.#deps.ledger.permit([entry], [id]);
    const row = await this.#deps.store.reader.selectFrom("notification_channels").selectAll()
      .where("id", "=", id).executeTakeFirstOrThrow();
    const value = this.#deps.vault.open(permit, channelPlace(row.id), row);
    try {
      return JSON.parse(new TextDecoder().decode(value.expose()));
    } finally {
      value.wipe();
    }
  }
}
