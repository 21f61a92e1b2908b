/**
 * The one way in: to the application over the open vault, or to the door of the sealed one. Closing it wipes every key; what still
 * runs then gets a moment to end, and fails afterwards for want of keys.
 */

import { SECOND } from "../../shared/clock.ts";
import { OPEN, type SealStatus, type UnsealRequest } from "../../shared/api/seal.ts";
import type { VaultApp } from "../app.ts";
import { type Origin, SYSTEM_ORIGIN } from "../audit/entry.ts";
import { InFlight } from "../boot/in_flight.ts";
import type { Handler } from "../boot/listen.ts";
import { type StepObserver, unobserved } from "../durable_steps.ts";
import type { RequestLog } from "../http/adapter.ts";
import type { ClientAddress, SocketInfo } from "../middleware/client_address.ts";
import type { Unsealed } from "../vault/seal.ts";
import { sealedDoor } from "./door.ts";
import type { Unsealer } from "./unsealer.ts";

/** How long requests that run get before the keys go: an operator who seals wants it now. */
const LAST_REQUESTS_MS = 3 * SECOND;

export interface GateDeps {
  readonly unsealer: Unsealer;
  readonly addresses: ClientAddress;
  readonly log: RequestLog;
  /** Builds the application over an open vault; `beginSeal` is for its route. */
  readonly build: (unsealed: Unsealed, beginSeal: () => void) => Promise<VaultApp>;
  readonly reached?: StepObserver | undefined;
  readonly testOnlyLastRequestsMs?: number;
}

interface Opened {
  readonly unsealed: Unsealed;
  readonly app: VaultApp;
  readonly inFlight: InFlight;
  readonly handle: Handler;
}

export class SealGate {
  readonly #deps: GateDeps;
  readonly #door: ReturnType<typeof sealedDoor>;
  #opened: Opened | undefined;
  #sealing: Promise<void> = Promise.resolve();

  constructor(deps: GateDeps) {
    this.#deps = deps;
    this.#door = sealedDoor({
      addresses: deps.addresses,
      log: deps.log,
      status: () => this.status,
      unseal: (request, origin) => this.#unseal(request, origin),
    });
  }

  get status(): SealStatus {
    return this.#opened === undefined ? this.#deps.unsealer.status : OPEN;
  }

  /** Serves an open vault from now on; one that cannot be served is closed again. */
  async admit(unsealed: Unsealed): Promise<void> {
    const app = await this.#build(unsealed);
    const inFlight = new InFlight();
    const handle = inFlight.count(async (request, info) => await app.fetch(request, info));
    this.#opened = { unsealed, app, inFlight, handle };
  }

  /** For `Deno.serve`. The answer to the request that seals leaves once the keys are gone. */
  readonly fetch: Handler = async (request, info) => {
    const opened = this.#opened;
    if (opened === undefined) return await this.#door.fetch(request, info);
    const response = await opened.handle(request, info);
    if (this.#opened === opened) return response;
    await this.#sealing;
    return response.status < 500 ? response : await this.#tooLate(response, request, info);
  };

  /** To be called every few seconds. Never rejects. */
  async housekeep(): Promise<void> {
    this.#deps.unsealer.tend();
    await this.#opened?.app.housekeep();
  }

  /** Ends answers that would go on for long. */
  async endStreams(): Promise<void> {
    await this.#opened?.app.endStreams();
  }

  /** The end of the server, once no request runs any more: a last row where there is a log, and no key stays. */
  async stop(): Promise<void> {
    await this.#sealing;
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    const { app, unsealed } = opened;
    try {
      await app.stop();
      await unsealed.ledger.commit((tx) =>
        tx.audit({ principal: "system", action: "server_stop", status: "success", origin: SYSTEM_ORIGIN })
      );
    } finally {
      await unsealed.close();
    }
  }

  async #build(unsealed: Unsealed): Promise<VaultApp> {
    try {
      return await this.#deps.build(unsealed, () => this.#beginSeal());
    } catch (error) {
      await unsealed.close();
      throw error;
    }
  }

  /** What failed for want of keys is told as what it is: the door's answer at an address that it does not know. */
  async #tooLate(failed: Response, { url }: Request, info: SocketInfo): Promise<Response> {
    await failed.body?.cancel();
    return await this.#door.fetch(new Request(new URL("/", url)), info);
  }

  async #unseal(request: UnsealRequest, origin: Origin): Promise<SealStatus> {
    await this.#sealing;
    if (this.#opened === undefined) {
      const unsealed = await this.#deps.unsealer.unseal(request, origin);
      if (unsealed !== undefined) {
        await this.admit(unsealed);
        // What the sealing interrupted goes on at once.
        void this.housekeep();
      }
    }
    return this.status;
  }

  #beginSeal(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened !== undefined) this.#sealing = this.#wipe(opened);
  }

  /** Never rejects: whatever of it fails, the keys go. */
  async #wipe({ app, unsealed, inFlight }: Opened): Promise<void> {
    try {
      await app.endStreams();
      await inFlight.finish(this.#deps.testOnlyLastRequestsMs ?? LAST_REQUESTS_MS);
      await app.stop();
    } catch (error) {
      this.#deps.log.error("sealing went on after a failure", { error });
    }
    try {
      await unsealed.close();
    } catch (error) {
      this.#deps.log.error("the log was not closed in order", { error });
    }
    (this.#deps.reached ?? unobserved)("seal.keys_wiped");
    this.#deps.log.warn("the vault is sealed", {});
  }
}
