/**
 * One request as the adapter and the authenticators see it. Everything that costs is read when it is asked for.
 */

import type { Context } from "hono";
import type { CallerFacts, Origin } from "../audit/entry.ts";
import { VaultError } from "../../shared/errors.ts";
import { readCallerFacts } from "../middleware/caller_facts.ts";

export class Incoming {
  readonly requestId: string;
  readonly raw: Request;
  /** The caller's address, or null where it is unknown, as in a test without a socket. */
  readonly address: string | null;
  readonly #context: Context;
  readonly #params: Readonly<Record<string, string>> | undefined;
  #url: URL | undefined;
  #origin: Origin | undefined;

  constructor(
    context: Context,
    address: string | null,
    inner?: { readonly requestId: string; readonly params: Readonly<Record<string, string>> },
  ) {
    this.requestId = inner?.requestId ?? crypto.randomUUID();
    this.#params = inner?.params;
    this.#context = context;
    this.raw = context.req.raw;
    this.address = address;
  }

  /** The same request, taken for a call of a route with these path parameters. */
  within(params: Readonly<Record<string, string>>): Incoming {
    return new Incoming(this.#context, this.address, { requestId: this.requestId, params });
  }

  get method(): string {
    return this.raw.method;
  }

  get url(): URL {
    return this.#url ??= new URL(this.raw.url);
  }

  /** The path, percent-decoded: what clients sign (section 3.2 of the wire contract). */
  get decodedPath(): string {
    return decode(this.url.pathname);
  }

  /** For audit rows. */
  get origin(): Origin {
    return this.#origin ??= {
      requestId: this.requestId,
      sourceIp: this.address,
      caller: this.#callerFacts(),
    };
  }

  header(name: string): string | null {
    return this.raw.headers.get(name);
  }

  /** A path parameter, percent-decoded. */
  param(name: string): string {
    const value = this.#params === undefined ? this.#context.req.param(name) : this.#params[name];
    if (value === undefined) throw new Error(`the route has no parameter ${name}`);
    return value;
  }

  /** @throws VaultError `request.invalid` where the address is not percent-encoded UTF-8 */
  checkPath(): void {
    if (this.raw.url.includes("%")) decode(this.url.pathname);
  }

  #callerFacts(): CallerFacts {
    return readCallerFacts(this.raw.headers);
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new VaultError(
      "request.invalid",
      "The address is not percent-encoded UTF-8; encode each name in it",
    );
  }
}
