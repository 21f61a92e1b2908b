/**
 * Requests that are being handled. `Deno.HttpServer.shutdown` takes the bodies of running requests away, so the server
 * waits here first: new requests are refused, running ones finish, and only then the listener goes.
 */

import { httpStatus, toWireError, VaultError } from "../../shared/errors.ts";
import type { Handler } from "./listen.ts";

const STOPPING = new VaultError("server.stopping", "The server is stopping; try again in a moment", {
  retryAfter: 2,
});

export class InFlight {
  #running = 0;
  #stopping = false;
  #idle = Promise.withResolvers<void>();

  /** A handler whose requests are counted, and refused once {@linkcode finish} was called. */
  count(handler: Handler): Handler {
    return async (request, info) => {
      if (this.#stopping) return refusal();
      this.#running += 1;
      try {
        return await handler(request, info);
      } finally {
        this.#running -= 1;
        this.#settle();
      }
    };
  }

  /** Takes no more requests. Resolves with whether all that ran were finished within the time. */
  async finish(milliseconds: number): Promise<boolean> {
    this.#stopping = true;
    this.#settle();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, milliseconds);
    await Promise.race([this.#idle.promise, late.promise]);
    clearTimeout(timer);
    return this.#running === 0;
  }

  #settle(): void {
    if (this.#stopping && this.#running === 0) this.#idle.resolve();
  }
}

function refusal(): Response {
  const headers = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Retry-After": String(STOPPING.retryAfter),
  };
  return Response.json(toWireError(STOPPING), { status: httpStatus(STOPPING.code), headers });
}
