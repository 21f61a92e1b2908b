/**
 * The way of every request: address, limit, authentication, then query and body, then the service, then the answer.
 * Nothing of a body is looked at before its sender is known, and every refusal leaves a row in the audit log.
 */

import type { AccessRow, CallerKind } from "../access_rows/row.ts";
import { accessRow, type RouteKey } from "../access_table.ts";
import { factsOf, isAlreadyAudited, type Refusals } from "../audit/refusals.ts";
import type { AuditEntry } from "../audit/entry.ts";
import type { Ledger } from "../audit/ledger.ts";
import type { ProofWatch } from "../events/proof_watch.ts";
import { type Caller, principalOf } from "../caller.ts";
import { addressKey } from "../middleware/client_address.ts";
import { type RateLimiter, type RateName, WRONG_PROOF_COST } from "../middleware/rate_limit.ts";
import { SECOND } from "../../shared/clock.ts";
import { type ErrorCode, httpStatus, VaultError, wireCode } from "../../shared/errors.ts";
import type { RequestMetrics } from "../metrics/requests.ts";
import type { KeyUsers } from "../vault/key_users.ts";
import { bugAnswer, errorAnswer, successAnswer } from "./answer.ts";
import { authorise } from "./authorise.ts";
import { auditFields } from "./audit_fields.ts";
import { isJsonContentType, parseJsonBody, readBody } from "./body.ts";
import type { Endpoint, EndpointContext } from "./endpoint.ts";
import type { Incoming } from "./incoming.ts";
import { validate } from "./validate.ts";

/** Where the adapter tells the operator what no caller may know. */
export interface RequestLog {
  warn(event: string, fields: Readonly<Record<string, unknown>>): void;
  error(event: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Finds out who calls a route of its kind. `body` is what a project's signature covers; else empty. */
export type Authenticate = (incoming: Incoming, body: Uint8Array) => Caller | Promise<Caller>;
export type Authenticators = Readonly<Record<CallerKind, Authenticate>>;

export interface AdapterDeps {
  readonly ledger: Ledger;
  readonly refusals: Refusals;
  /** Tells people where many proofs are refused. */
  readonly proofWatch: Pick<ProofWatch, "refused">;
  readonly limiter: RateLimiter;
  readonly log: RequestLog;
  readonly authenticate: Authenticators;
  /** Looks at the program that an agent calls with. @throws VaultError `client.caller_not_allowed` */
  readonly checkCaller: (caller: Caller) => Promise<void>;
  /** While a request runs that may read or store sealed rows, no KEK is given up that it may have met. */
  readonly keyUsers: Pick<KeyUsers, "during">;
  readonly bodyTimeoutMs: number;
  readonly metrics: Pick<RequestMetrics, "answered">;
}

/** A call of a route from inside, by a page that knows its caller. */
export interface InnerCall {
  readonly caller: Caller;
  readonly incoming: Incoming;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** False for what only follows a look that has its row, such as the refresh of a list. */
  readonly audited?: boolean;
}

const NO_BODY = new Uint8Array();

/** Refusals that are the ordinary course of things: the service writes rows of its own for them where it matters. */
const NOT_A_REFUSAL: ReadonlySet<ErrorCode> = new Set(["grant.pending", "device.authorization_pending"]);

export class Adapter {
  readonly #deps: AdapterDeps;

  constructor(deps: AdapterDeps) {
    this.#deps = deps;
  }

  /** A route ready to be called: never rejects. */
  route(key: RouteKey, endpoint: Endpoint): (incoming: Incoming) => Promise<Response> {
    const row = accessRow(key);
    const handle = async (incoming: Incoming) => {
      let caller: Caller | undefined;
      const become = async (known: Caller) => {
        caller = known;
        await this.#deps.checkCaller(known);
      };
      try {
        incoming.checkPath();
        this.#limit(row, incoming);
        const signed = await this.#signedBody(endpoint, incoming);
        const sender = await this.#deps.authenticate[row.caller](incoming, signed ?? NO_BODY);
        await become(sender);
        const allowed = authorise(row, sender);
        const context = await this.#context(endpoint, allowed, incoming, signed);
        const answer = await endpoint.run({ ...context, become });
        if (row.audited === "adapter") await this.#auditSuccess(row, sender, incoming);
        return successAnswer(answer, endpoint.spec.status ?? 200, incoming);
      } catch (error) {
        return await this.#fail(error, row, caller, incoming);
      }
    };
    const asKeyUser = endpoint.spec.keyUser === false
      ? handle
      : (incoming: Incoming) => this.#deps.keyUsers.during(() => handle(incoming));
    return async (incoming) => {
      const begun = performance.now();
      const answer = await asKeyUser(incoming);
      this.#deps.metrics.answered(key, row.caller, answer.status, (performance.now() - begun) / SECOND);
      return answer;
    };
  }

  /**
   * What the route answers to that caller: with the same schemas, rights, rows in the log and refusals as over the wire.
   * @throws VaultError as the route refuses
   */
  async call(key: RouteKey, endpoint: Endpoint, call: InnerCall): Promise<unknown> {
    const row = accessRow(key);
    const { caller } = call;
    const incoming = call.incoming.within(call.params ?? {});
    const handle = async () => {
      try {
        const allowed = { ...call, caller: authorise(row, caller) };
        const answer = await endpoint.run(this.#innerContext(endpoint, incoming, allowed));
        if (row.audited === "adapter" && call.audited !== false) {
          await this.#auditSuccess(row, caller, incoming);
        }
        return answer;
      } catch (error) {
        if (error instanceof VaultError && isRefusal(error)) await this.#refuse(error, row, caller, incoming);
        throw error;
      }
    };
    return endpoint.spec.keyUser === false ? await handle() : await this.#deps.keyUsers.during(handle);
  }

  #innerContext(
    { spec }: Endpoint,
    incoming: Incoming,
    { caller, query, body }: InnerCall,
  ): EndpointContext<Caller, unknown, unknown> {
    return {
      caller,
      query: spec.query === undefined ? undefined : validate(spec.query, query ?? {}, "query"),
      body: spec.body === undefined ? undefined : validate(spec.body, body ?? {}, "body"),
      bodyBytes: NO_BODY,
      incoming,
      headOnly: false,
      param: (name) => incoming.param(name),
      become: this.#deps.checkCaller,
      spend: (name: RateName, key: string, cost?: number) => this.#deps.limiter.spend(name, key, cost),
    };
  }

  #limit(row: AccessRow, incoming: Incoming): void {
    if (row.limit === "none" || row.limit === "admin") return;
    const key = addressKey(incoming.address);
    if (row.limit === "project") this.#deps.limiter.check(row.limit, key);
    else this.#deps.limiter.spend(row.limit, key);
  }

  async #context(
    endpoint: Endpoint,
    caller: Caller,
    incoming: Incoming,
    signed: Uint8Array | undefined,
  ): Promise<Omit<EndpointContext<Caller, unknown, unknown>, "become">> {
    const { spec } = endpoint;
    const query = spec.query === undefined
      ? undefined
      : validate(spec.query, Object.fromEntries(incoming.url.searchParams), "query");
    const bodyBytes = await this.#readBody(endpoint, incoming, signed);
    return {
      caller,
      query,
      body: spec.body === undefined ? undefined : parseBody(endpoint, bodyBytes),
      bodyBytes,
      incoming,
      headOnly: incoming.method === "HEAD",
      param: (name) => incoming.param(name),
      spend: (name: RateName, key: string, cost?: number) => this.#deps.limiter.spend(name, key, cost),
    };
  }

  /** `signed` is the body where it was read already. */
  async #readBody(
    endpoint: Endpoint,
    incoming: Incoming,
    signed: Uint8Array | undefined,
  ): Promise<Uint8Array> {
    if (endpoint.spec.body === undefined) return NO_BODY;
    const { anyContentType = false, bodyOptional = false } = endpoint.spec;
    const isJson = anyContentType || isJsonContentType(incoming.header("Content-Type"));
    if (!isJson && !bodyOptional) throw wrongContentType();
    const bytes = signed ?? await readBody(incoming.raw, this.#deps.bodyTimeoutMs);
    if (!isJson && bytes.byteLength > 0) throw wrongContentType();
    return bytes;
  }

  /** A project's request is signed with its body: the bytes are read, not looked at, before the sender is known. */
  async #signedBody({ kind, spec }: Endpoint, incoming: Incoming): Promise<Uint8Array | undefined> {
    if (kind !== "project" || spec.body === undefined) return undefined;
    return await readBody(incoming.raw, this.#deps.bodyTimeoutMs);
  }

  async #auditSuccess(row: AccessRow, caller: Caller, incoming: Incoming): Promise<void> {
    await this.#deps.ledger.commit((tx) => tx.audit(entryOf(row, caller, incoming, "success")));
  }

  async #fail(
    error: unknown,
    row: AccessRow,
    caller: Caller | undefined,
    incoming: Incoming,
  ): Promise<Response> {
    if (!(error instanceof VaultError)) {
      this.#deps.log.error("request failed", { request_id: incoming.requestId, action: row.action, error });
      return bugAnswer(incoming);
    }
    if (httpStatus(error.code) >= 500) {
      this.#deps.log.warn("request refused", {
        request_id: incoming.requestId,
        action: row.action,
        code: error.code,
        error: error.cause,
      });
    }
    if (isRefusal(error)) await this.#refuse(error, row, caller, incoming);
    return errorAnswer(error, incoming);
  }

  async #refuse(
    error: VaultError,
    row: AccessRow,
    caller: Caller | undefined,
    incoming: Incoming,
  ): Promise<void> {
    if (httpStatus(error.code) === 401) this.#chargeFailure(row, incoming);
    const audited = isAlreadyAudited(error);
    try {
      if (!audited) {
        const entry = entryOf(row, caller, incoming, `denied:${wireCode(error.code)}`);
        await this.#deps.refusals.record({ ...entry, ...factsOf(error) });
      }
      await this.#deps.proofWatch.refused(error.code, incoming.origin.sourceIp);
    } catch (cause) {
      // The caller is refused all the same; that the log cannot be written is the operator's to know.
      this.#deps.log.error("refusal not audited", {
        request_id: incoming.requestId,
        action: row.action,
        error: cause,
      });
    }
  }

  #chargeFailure(row: AccessRow, incoming: Incoming): void {
    const key = addressKey(incoming.address);
    if (row.limit === "project") this.#deps.limiter.charge(row.limit, key);
    if (row.limit === "discover" || row.limit === "attest") {
      this.#deps.limiter.charge(row.limit, key, WRONG_PROOF_COST);
    }
  }
}

function parseBody({ spec }: Endpoint, bytes: Uint8Array): unknown {
  if (spec.body === undefined) return undefined;
  const json = parseJsonBody(bytes);
  if (json === undefined && spec.bodyOptional !== true) {
    throw new VaultError("request.malformed_json", "The body is empty; send one JSON object");
  }
  return validate(spec.body, json ?? {}, "body");
}

function wrongContentType(): VaultError {
  return new VaultError(
    "request.unsupported_media_type",
    "The body has to be JSON; send it with Content-Type: application/json",
  );
}

function isRefusal(error: VaultError): boolean {
  if (NOT_A_REFUSAL.has(error.code)) return false;
  return [401, 403, 429].includes(httpStatus(error.code)) || error.code === "server.sealed";
}

function entryOf(row: AccessRow, caller: Caller | undefined, incoming: Incoming, status: string): AuditEntry {
  return {
    principal: caller === undefined ? "anonymous" : principalOf(caller),
    action: row.action,
    status,
    ...auditFields(row.fields, incoming),
    origin: caller?.origin ?? incoming.origin,
  };
}
