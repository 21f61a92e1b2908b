/** The whole server in this process, over a real temporary database: requests by `app.request()`, time by hand. */

import type { AuditSinks } from "../../../server/audit/sinks/sinks.ts";
import { type AppDeps, createApp, type TestOnlyOptions, type VaultApp } from "../../../server/app.ts";
import type { AuditTable } from "../../../server/store/audit_schema.ts";
import type { Selectable } from "kysely";
import { answerText } from "../../support/answer_text.ts";
import { createVaultFixture, type ManualClock, type VaultFixture } from "./vault_fixture.ts";

export const ADMIN_TOKEN = "admin-token-of-the-test-harness";

export interface HarnessOptions {
  readonly clock?: ManualClock;
  readonly config?: Partial<AppDeps["config"]>;
  readonly testOnly?: TestOnlyOptions;
  readonly auditSinks?: AuditSinks;
  /** Called with each derivation of a key from a password. */
  readonly watchDerive?: () => void;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is bytes or a text already. */
  readonly body?: unknown;
  /** The peer of the socket. */
  readonly address?: string;
}

/** An answer whose body was read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, taken to be of the shape that the test expects. */
  json<Shape = Record<string, unknown>>(): Shape;
}

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A client of one address that sends the same headers each time. */
export class Client {
  constructor(
    readonly app: VaultApp,
    readonly headers: Readonly<Record<string, string>>,
    readonly address = "127.0.0.1",
  ) {}

  async send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const info = { remoteAddr: { hostname: options.address ?? this.address } };
    const response = await this.app.request(path, { method, ...this.#init(options) }, info);
    const text = await answerText(response);
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  }

  get(path: string, options?: SendOptions): Promise<Answer> {
    return this.send("GET", path, options);
  }

  post(path: string, body?: unknown, options?: SendOptions): Promise<Answer> {
    return this.send("POST", path, { ...options, body });
  }

  put(path: string, body?: unknown, options?: SendOptions): Promise<Answer> {
    return this.send("PUT", path, { ...options, body });
  }

  delete(path: string, options?: SendOptions): Promise<Answer> {
    return this.send("DELETE", path, options);
  }

  #init({ headers = {}, body }: SendOptions): RequestInit {
    const all = { ...this.headers, ...headers };
    if (body === undefined) return { headers: all };
    const raw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
    return {
      headers: { "Content-Type": "application/json", ...all },
      body: raw ? body as BodyInit : JSON.stringify(body),
    };
  }
}

export interface Harness extends VaultFixture {
  readonly app: VaultApp;
  /** Sends the admin token. */
  readonly admin: Client;
  /** Sends no credentials. */
  readonly stranger: Client;
  readonly logged: readonly LogLine[];
  /** All audit rows so far, oldest first. */
  auditRows(): Promise<Selectable<AuditTable>[]>;
  /** Values that a search must find nowhere: everything logged and audited so far, as one text. */
  transcript(): Promise<string>;
}

export async function createHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { clock, auditSinks } = options;
  const fixture = await createVaultFixture({
    ...(clock === undefined ? {} : { clock }),
    ...(auditSinks === undefined ? {} : { ledger: { sinks: auditSinks } }),
  });
  await auditSinks?.attach(fixture.store.reader);
  const logged: LogLine[] = [];
  const note = (level: string) => (event: string, fields: Readonly<Record<string, unknown>> = {}) => {
    logged.push({ level, event, fields });
  };
  const config: AppDeps["config"] = {
    trustedProxies: [],
    dashboardOrigins: [],
    requireAttestation: true,
    ...options.config,
  };
  const log = { warn: note("warn"), error: note("error") };
  const adminToken = { verify: (text: string) => text === ADMIN_TOKEN };
  const app = await appOver(fixture, {
    ...fixture,
    derive: (...task) => {
      options.watchDerive?.();
      return fixture.derive(...task);
    },
    config,
    adminToken,
    log,
    beginSeal: () => {},
    ...(auditSinks === undefined ? {} : { auditSinks }),
  }, options);
  const auditRows = () => fixture.store.reader.selectFrom("audit_log").selectAll().orderBy("seq").execute();
  return {
    ...fixture,
    app,
    admin: new Client(app, { "X-Admin-Token": ADMIN_TOKEN }),
    stranger: new Client(app, {}),
    logged,
    auditRows,
    transcript: async () =>
      Deno.inspect([logged, await auditRows()], { depth: 20, strAbbreviateSize: Infinity }),
  };
}

/** An app that refuses to start leaves nothing behind either. */
async function appOver(
  fixture: VaultFixture,
  deps: AppDeps,
  { testOnly }: HarnessOptions,
): Promise<VaultApp> {
  try {
    return createApp(deps, testOnly);
  } catch (error) {
    await fixture.dispose();
    throw error;
  }
}

/** Runs a test with a harness of its own and cleans up. */
export function withHarness(
  run: (h: Harness) => Promise<void>,
  options?: HarnessOptions,
): () => Promise<void> {
  return async () => {
    const h = await createHarness(options);
    try {
      await run(h);
    } finally {
      await h.app.stop();
      await h.dispose();
    }
  };
}
