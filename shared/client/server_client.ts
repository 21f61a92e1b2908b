/**
 * The one HTTP client of the daemon and the command line. Every failure is a {@linkcode VaultError} whose message
 * names no token and no body; redirects are refused, because they would carry the token to another host.
 */

import { VaultError } from "../errors.ts";
import { errorFromAnswer } from "./answer_error.ts";

export interface ServerClientOptions {
  /** `https://host[:port][/prefix]`; `http://` on a loopback address. */
  readonly baseUrl: string;
  /** Milliseconds for one request, its answer included; 30 s unless told. */
  readonly timeoutMs?: number;
  /** Lets `http://` go to any host: for a private network that encrypts by other means. */
  readonly allowInsecureHttp?: boolean;
  readonly maxResponseBytes?: number;
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  readonly signal?: AbortSignal;
}

export interface JsonRequestOptions<T> extends RequestOptions {
  /** Checks the shape of the answer; undefined where it is not what was expected. */
  readonly parse: (value: unknown) => T | undefined;
}

/** A 2xx answer that is read as it comes. */
export interface ServerStream {
  readonly status: number;
  readonly headers: Headers;
  /** To be read once. Breaks off with a {@linkcode VaultError}, never silently. */
  readonly pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

/** A 2xx answer. */
export interface ServerAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** Ten thousand values of a few KiB; more is a broken or hostile server. */
const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

export class ServerClient {
  /** The address without a slash at its end. */
  readonly baseUrl: string;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;
  readonly #maxBytes: number;

  /** @throws VaultError `request.invalid` for an address that is no address or not safe */
  constructor(options: ServerClientOptions) {
    this.baseUrl = checkBaseUrl(options.baseUrl, options.allowInsecureHttp ?? false);
    this.#fetch = options.fetch ?? fetch;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#maxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  }

  /**
   * Sends one request. `path` begins with `/` and is percent-encoded (see {@linkcode serverPath}).
   * @throws VaultError the server's own code for any answer but 2xx; `server.unreachable`, `server.untrusted`
   */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<ServerAnswer> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
    try {
      const response = await this.#send(method, path, options, signal);
      const body = await readLimited(response, this.#maxBytes);
      if (!response.ok) throw errorFromAnswer(response.status, response.headers, body);
      return { status: response.status, headers: response.headers, body };
    } catch (error) {
      options.signal?.throwIfAborted();
      throw this.#explain(error, timeout.aborted);
    }
  }

  /** {@linkcode request} for an answer in JSON. */
  async requestJson<T>(method: string, path: string, options: JsonRequestOptions<T>): Promise<T> {
    const { body } = await this.request(method, path, options);
    const parsed = options.parse(parseJson(body));
    if (parsed !== undefined) return parsed;
    throw new VaultError(
      "server.untrusted",
      `The answer of ${this.baseUrl} is not what a CortexAuth server sends; check the address`,
    );
  }

  /**
   * {@linkcode request} for an answer that is too long to keep. The time limit is for each wait, not for the whole.
   * @throws VaultError as `request`; the pieces throw `server.unreachable` where the answer breaks off
   */
  async stream(method: string, path: string, options: RequestOptions = {}): Promise<ServerStream> {
    const wait = new WaitLimit(this.#timeoutMs);
    const signal = options.signal === undefined
      ? wait.signal
      : AbortSignal.any([wait.signal, options.signal]);
    try {
      const response = await this.#send(method, path, options, signal);
      if (!response.ok) {
        throw errorFromAnswer(response.status, response.headers, await readLimited(response, this.#maxBytes));
      }
      const pieces = this.#pieces(response, wait, options.signal);
      return { status: response.status, headers: response.headers, pieces };
    } catch (error) {
      wait.end();
      options.signal?.throwIfAborted();
      throw this.#explain(error, wait.signal.aborted);
    }
  }

  async *#pieces(
    response: Response,
    wait: WaitLimit,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    try {
      for await (const piece of response.body ?? []) {
        wait.restart();
        yield piece;
      }
    } catch (cause) {
      signal?.throwIfAborted();
      const message = `The answer of ${this.baseUrl} broke off; look at the server's log, then try again`;
      throw new VaultError("server.unreachable", message, { cause });
    } finally {
      wait.end();
    }
  }

  #send(method: string, path: string, options: RequestOptions, signal: AbortSignal): Promise<Response> {
    const headers = new Headers(options.headers);
    if (options.body !== undefined && !headers.has("Content-Type")) {
      headers.set("Content-Type", "application/json");
    }
    return this.#fetch(this.baseUrl + path, {
      method,
      headers,
      signal,
      redirect: "manual",
      ...(options.body === undefined ? {} : { body: options.body }),
    });
  }

  #explain(error: unknown, timedOut: boolean): VaultError {
    if (error instanceof VaultError) return error;
    if (timedOut) {
      const seconds = this.#timeoutMs / 1000;
      const message =
        `The server at ${this.baseUrl} did not answer within ${seconds} s; try again, or check it`;
      return new VaultError("server.unreachable", message, { cause: error });
    }
    return connectionError(this.baseUrl, error);
  }
}

/** Aborts when nothing has come for so long. */
class WaitLimit {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  #timer: ReturnType<typeof setTimeout>;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#controller.abort(), this.#milliseconds);
  }
}

/** The percent-encoded path of decoded segments: `serverPath("project", "secrets", "my app")`. */
export function serverPath(...segments: readonly string[]): string {
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw new VaultError("request.invalid", "A name in the address is empty or made of dots");
  }
  return `/${segments.map(encodeURIComponent).join("/")}`;
}

/** Whether a host name as `URL` gives it is this machine. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(host);
}

function checkBaseUrl(text: string, allowInsecureHttp: boolean): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new VaultError(
      "request.invalid",
      "The server's address is no URL; write https://host or http://127.0.0.1:3000",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new VaultError(
      "request.invalid",
      "The server's address holds more than host and path; leave the rest out",
    );
  }
  if (url.protocol === "http:" && !allowInsecureHttp && !isLoopbackHost(url.hostname)) {
    const message =
      `Plain http:// to ${url.host} would show tokens to the network; use https://, or set INSECURE_HTTP=1`;
    throw new VaultError("server.untrusted", message);
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

function connectionError(baseUrl: string, cause: unknown): VaultError {
  if (cause instanceof Error && /certificate|tls/i.test(cause.message)) {
    const message =
      `The certificate of ${baseUrl} is not trusted; check the address, or add its authority by DENO_CERT`;
    return new VaultError("server.untrusted", message, { cause });
  }
  const message = `Cannot reach the server at ${baseUrl}; check the address and that the server runs`;
  return new VaultError("server.unreachable", message, { cause });
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

async function readLimited(response: Response, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > limit) {
      throw new VaultError(
        "server.untrusted",
        `The server's answer is larger than ${limit} bytes; ask for less`,
      );
    }
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}
