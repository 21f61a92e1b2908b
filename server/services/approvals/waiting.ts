/**
 * What waits for a person: how much, and a stream that says when it changed. The stream carries counts alone; what waits is
 * asked for by the routes of its own, with their rights.
 */

import type { Waiting } from "../../../shared/api/overview.ts";
import { type Clock, type Instant, MINUTE } from "../../../shared/clock.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { AdminCaller } from "../../caller.ts";
import type { Store } from "../../store/store.ts";
import { authorityState } from "../authority_state.ts";
import type { ServiceDeps } from "../deps.ts";
import { DEFAULT_NAMESPACE } from "../namespaces.ts";
import { namespacesWithin } from "../namespace_reach.ts";

/** Browsers connect anew by themselves; a session that ended in between is noticed then. */
const STREAM_LIFE = 10 * MINUTE;
/** More open pages than people have; each is a connection. */
const MAX_STREAMS = 200;
/** A comment from time to time keeps proxies from closing what is silent. */
const HEARTBEAT = utf8(": still here\n\n");

interface Follower {
  readonly caller: AdminCaller;
  readonly until: Instant;
  /** What the caller's rights came from when it began; see `authority_state.ts`. */
  readonly authority: string | undefined;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  state: string;
}

export class WaitingService {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #followers = new Set<Follower>();
  #stopped = false;

  constructor({ store, clock }: Pick<ServiceDeps, "store" | "clock">) {
    this.#store = store;
    this.#clock = clock;
  }

  async count(caller: AdminCaller): Promise<Waiting> {
    const db = this.#store.reader;
    const names = namespacesWithin(caller);
    let waitingDevices = db.selectFrom("devices").select("id").where("status", "=", "pending")
      .where("expires_at", ">", this.#clock.now()).orderBy("id");
    let waitingAccess = db.selectFrom("pending_grants").select(["id", "updated_at"])
      .where("status", "=", "pending").orderBy("id");
    let waitingCommands = db.selectFrom("command_grants").select("id").where("status", "=", "pending")
      .orderBy("id");
    if (names !== undefined) {
      waitingDevices = waitingDevices.where(
        ({ fn, val }) => fn.coalesce("requested_namespace", val(DEFAULT_NAMESPACE)),
        "in",
        names,
      );
      waitingAccess = waitingAccess.where("namespace", "in", names);
      waitingCommands = waitingCommands.where("namespace", "in", names);
    }
    const devices = await waitingDevices.execute();
    const access = await waitingAccess.execute();
    const commands = await waitingCommands.execute();
    return {
      devices: devices.length,
      access: access.length,
      commands: commands.length,
      total: devices.length + access.length + commands.length,
      state: sha256Hex(JSON.stringify([devices, access, commands])).slice(0, 32),
    };
  }

  /** Server-sent events: `changed` at once, and with every change. @throws VaultError `server.busy`, `server.stopping` */
  async follow(caller: AdminCaller): Promise<ReadableStream<Uint8Array>> {
    if (this.#stopped) throw new VaultError("server.stopping", "The server is stopping", { retryAfter: 2 });
    if (this.#followers.size >= MAX_STREAMS) {
      throw new VaultError("server.busy", "Too many pages follow what waits; close some of them", {
        retryAfter: 60,
      });
    }
    const first = await this.count(caller);
    const until = this.#clock.now() + STREAM_LIFE;
    const authority = await this.#authorityOf(caller);
    let follower: Follower | undefined;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(eventOf(first));
        this.#followers.add(follower = { caller, until, authority, controller, state: first.state });
      },
      cancel: () => {
        if (follower !== undefined) this.#followers.delete(follower);
      },
    });
  }

  /** Tells those who follow; to be called every few seconds. */
  async tend(): Promise<void> {
    for (const follower of [...this.#followers]) {
      if (follower.until <= this.#clock.now()) this.#end(follower);
      else await this.#tell(follower);
    }
  }

  /** Ends every stream and begins no more. */
  stop(): void {
    this.#stopped = true;
    for (const follower of [...this.#followers]) this.#end(follower);
  }

  #authorityOf(caller: AdminCaller): Promise<string | undefined> {
    return authorityState(this.#store.reader, caller, this.#clock.now());
  }

  /** Who lost a session or a right meanwhile hears no more; a browser comes again and is asked who it is. */
  async #tell(follower: Follower): Promise<void> {
    const authority = await this.#authorityOf(follower.caller);
    if (authority === undefined || authority !== follower.authority) return this.#end(follower);
    const waiting = await this.count(follower.caller);
    if (!this.#followers.has(follower)) return;
    follower.controller.enqueue(waiting.state === follower.state ? HEARTBEAT : eventOf(waiting));
    follower.state = waiting.state;
  }

  #end(follower: Follower): void {
    if (this.#followers.delete(follower)) follower.controller.close();
  }
}

function eventOf({ total, state }: Waiting): Uint8Array<ArrayBuffer> {
  return utf8(`event: changed\ndata: ${JSON.stringify({ waiting: total, state })}\n\n`);
}
