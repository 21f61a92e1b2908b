/**
 * Carries events from the outbox to channels. An event becomes its deliveries in one transaction, so that no kill loses
 * one; an attempt whose outcome could not be written is made again: at least once, never silently not.
 *
 * One worker for each channel: a channel that hangs delays no request and no other channel.
 */

import { EVENT_SEVERITY } from "../../events/event.ts";
import { type Clock, DAY, formatTimestamp, HOUR, type Instant, SECOND } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { type AuditEntry, SYSTEM_ORIGIN } from "../../audit/entry.ts";
import type { Tx } from "../../audit/ledger.ts";
import { type EventFactsRow, messageText } from "../../notify/message.ts";
import type { Message, Outcome } from "../../notify/send.ts";
import { pageLink } from "../../notify/texts.ts";
import type { Queries } from "../../store/schema.ts";
import { type ChannelRow, ChannelSender } from "./channel_sender.ts";
import type { ServiceDeps } from "../deps.ts";
import { readList } from "../json_columns.ts";

export const MAX_ATTEMPTS = 12;
/** How long it can be seen what became of an event; the audit log knows for longer. */
const KEPT = 30 * DAY;
const FIRST_WAIT = 10 * SECOND;
const LONGEST_WAIT = HOUR;
/** Counts as an attempt, so that a row that was damaged is not opened, and audited, every second. */
const NOT_OPENED: Outcome = { delivered: false, result: "the channel could not be opened" };
/** Events made into deliveries in one transaction. */
const BATCH = 100;

export class NotificationService {
  readonly #deps: ServiceDeps;
  readonly #sender: ChannelSender;
  readonly #clock: Clock;
  readonly #stopped = new AbortController();
  readonly #workers = new Map<string, Promise<void>>();

  constructor(deps: ServiceDeps) {
    this.#deps = deps;
    this.#sender = new ChannelSender(deps);
    this.#clock = deps.clock;
  }

  /** Hands events out and begins what is due; does not wait for receivers. */
  async tend(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    await this.#handOut();
    const { reader } = this.#deps.store;
    const channels = await reader.selectFrom("notification_channels").selectAll().where("enabled", "=", 1)
      .execute();
    for (const channel of channels) {
      if (this.#workers.has(channel.id)) continue;
      const work = this.#work(channel).finally(() => this.#workers.delete(channel.id));
      // A failure leaves the delivery waiting; the next call begins it again.
      this.#workers.set(channel.id, work.catch(() => {}));
    }
  }

  /** Forgets events that everybody was told of long ago, a batch in each transaction, so that the tables do not grow for ever. */
  async forgetOld(): Promise<void> {
    const before = this.#clock.now() - KEPT;
    const old = await oldEvents(this.#deps.store.reader, before);
    if (old.length === 0 || this.#stopped.signal.aborted) return;
    await this.#deps.ledger.commit((tx) => tx.db.deleteFrom("events").where("id", "in", old).execute());
  }

  /** Breaks attempts off, which count as never made: a receiver that hangs keeps no seal waiting. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.settled();
  }

  /** Settles when the workers have nothing due left. */
  async settled(): Promise<void> {
    await Promise.all(this.#workers.values());
  }

  async #handOut(): Promise<void> {
    const waiting = await this.#deps.store.reader.selectFrom("events").select("id")
      .where("dispatched_at", "is", null).limit(1).executeTakeFirst();
    if (waiting !== undefined) await this.#deps.ledger.commit((tx) => handOut(tx, this.#clock.now()));
  }

  async #work(channel: ChannelRow): Promise<void> {
    const due = await this.#deps.store.reader.selectFrom("notification_deliveries")
      .select(["id", "event_id", "attempts"]).where("channel_id", "=", channel.id)
      .where("state", "=", "waiting").where("next_attempt_at", "<=", this.#clock.now())
      .orderBy("next_attempt_at").limit(BATCH).execute();
    for (const delivery of due) {
      if (this.#stopped.signal.aborted) return;
      const event = await this.#deps.store.reader.selectFrom("events").selectAll()
        .where("id", "=", delivery.event_id).executeTakeFirstOrThrow();
      const outcome = await this.#attempt(channel, event);
      if (!outcome.delivered && this.#stopped.signal.aborted) return;
      await this.#record(delivery.id, delivery.attempts + 1, outcome);
      if (!outcome.delivered) return;
    }
  }

  #attempt(channel: ChannelRow, event: EventFactsRow): Promise<Outcome> {
    const message = messageOf(event, this.#deps.config.publicUrl);
    const { signal } = this.#stopped;
    return this.#sender.send(entryOf(channel, event), channel, message, signal).catch(() => NOT_OPENED);
  }

  async #record(id: string, attempts: number, { delivered, result, final }: Outcome): Promise<void> {
    const now = this.#clock.now();
    const isOver = final === true || attempts >= MAX_ATTEMPTS;
    const state = delivered ? "delivered" : isOver ? "failed" : "waiting";
    const settled_at = state === "waiting" ? null : now;
    const next_attempt_at = now + waitAfter(attempts, Math.random());
    const changes = { state, attempts, result, settled_at, next_attempt_at } as const;
    await this.#deps.ledger.commit((tx) =>
      tx.db.updateTable("notification_deliveries").set(changes).where("id", "=", id).execute()
    );
  }
}

/** Milliseconds until the next attempt: twice as long each time, up to an hour, less up to a half by chance (0 to 1). */
export function waitAfter(attempts: number, chance: number): number {
  return Math.round(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempts - 1)) * (1 - chance / 2));
}

async function handOut(tx: Tx, now: Instant): Promise<void> {
  const events = await tx.db.selectFrom("events").selectAll().where("dispatched_at", "is", null)
    .orderBy("raised_at").limit(BATCH).execute();
  const channels = await tx.db.selectFrom("notification_channels").selectAll().where("enabled", "=", 1)
    .execute();
  for (const event of events) {
    for (const { id } of channels.filter((channel) => wants(channel, event))) {
      await tx.db.insertInto("notification_deliveries").values({
        id: randomUuid(),
        event_id: event.id,
        channel_id: id,
        state: "waiting",
        attempts: 0,
        next_attempt_at: now,
        result: null,
        settled_at: null,
      }).execute();
    }
    await tx.db.updateTable("events").set({ dispatched_at: now }).where("id", "=", event.id).execute();
  }
}

/** Of those that nobody has still to be told of. */
async function oldEvents(db: Queries, before: Instant): Promise<string[]> {
  const rows = await db.selectFrom("events").select("id").where("dispatched_at", "<", before)
    .where(({ not, exists, selectFrom }) =>
      not(exists(
        selectFrom("notification_deliveries as d").select("d.id").whereRef("d.event_id", "=", "events.id")
          .where("d.state", "=", "waiting"),
      ))
    ).limit(BATCH).execute();
  return rows.map(({ id }) => id);
}

function wants(channel: ChannelRow, event: EventFactsRow): boolean {
  if (!readList(channel.severities).includes(severityOf(event.kind))) return false;
  if (channel.namespaces === null) return true;
  return event.namespace !== null && readList(channel.namespaces).includes(event.namespace);
}

/** A kind that this release does not know is told as the worst. */
function severityOf(kind: string): string {
  return new Map<string, string>(Object.entries(EVENT_SEVERITY)).get(kind) ?? "alarm";
}

function messageOf(event: EventFactsRow, publicUrl: string | undefined): Message {
  const severity = severityOf(event.kind);
  const { facts, raised_at, ...names } = event;
  const link = pageLink(event, publicUrl);
  const told = {
    ...names,
    severity,
    facts: JSON.parse(facts),
    raised_at: formatTimestamp(raised_at),
    link: link ?? null,
  };
  return { text: messageText(event, severity), link, event: told };
}

function entryOf(channel: ChannelRow, event: EventFactsRow): AuditEntry {
  const details = { event: event.kind };
  const action = "notify_channel";
  return {
    principal: "system",
    action,
    status: "success",
    resourcePath: channel.name,
    details,
    origin: SYSTEM_ORIGIN,
  };
}
