/**
 * What a route is made of: who calls it, the schemas of its query and body, and a function from the checked request
 * to its answer. Authentication, limits, parsing, audit of refusals and errors are the adapter's.
 */

import type * as z from "zod";
import type {
  AdminCaller,
  AgentCaller,
  AnonymousCaller,
  Caller,
  DaemonCaller,
  ProjectCaller,
} from "../caller.ts";
import type { CallerKind } from "../access_rows/row.ts";
import type { RateName } from "../middleware/rate_limit.ts";
import type { Page } from "../services/paging.ts";
import type { Incoming } from "./incoming.ts";

/** The caller that each kind of route is given. `agent` routes find theirs out from the body. */
export interface CallerOf {
  readonly public: AnonymousCaller;
  readonly agent: AnonymousCaller;
  readonly admin: AdminCaller;
  readonly daemon: DaemonCaller;
  readonly project: ProjectCaller;
}

export interface EndpointSpec<Body, Query, Sent = unknown> {
  /** Absent: no body is read, whatever is sent. */
  readonly body?: z.ZodType<Body>;
  /** An absent body counts as `{}`, whatever its content type. */
  readonly bodyOptional?: boolean;
  /** The predecessor's discover takes any content type. */
  readonly anyContentType?: boolean;
  readonly query?: z.ZodType<Query>;
  /** What the handler makes of headers of its own, by their names: for the API document. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `false`: touches no sealed row, and waits itself for a rotation of the KEK, which waits for all others. */
  readonly keyUser?: false;
  /** Of a success; 200 unless told. */
  readonly status?: number;
  /** What a success answers in JSON: the compiler holds handlers to it, the API document shows it. */
  readonly answer?: z.ZodType<Sent>;
  /** A second status of a success, which the handler sets itself; the same answer. */
  readonly otherStatus?: number;
  /** The content types of a success that is no JSON of ours. */
  readonly answerTypes?: readonly string[];
  /** What a sealed server takes at the same address. An open one looks at nothing of it. */
  readonly bodyWhileSealed?: z.ZodType;
}

/** What a handler may give where its schema says `Sent`. A `Response`, which has headers of its own, is not looked into. */
export type Answered<Sent> = unknown extends Sent ? unknown : Sendable<Sent> | PageOf<Sent> | Response;
type PageOf<Sent> = Sent extends readonly (infer Item)[] ? Page<Sendable<Item>> : never;
/** Read-only at every depth; `true` may be any boolean, as handlers' literals are widened before they are compared. */
type Sendable<T> = T extends boolean ? boolean
  : T extends object ? { readonly [Key in keyof T]: Sendable<T[Key]> }
  : T;

export interface EndpointContext<C extends Caller, Body, Query> {
  readonly caller: C;
  readonly body: Body;
  readonly query: Query;
  /** The bytes of the body as they came: what signatures cover. */
  readonly bodyBytes: Uint8Array;
  readonly incoming: Incoming;
  /** Only the headers of the answer are wanted: nothing needs to be decrypted. */
  readonly headOnly: boolean;
  /**
   * Says whom the body proved to be the sender: refusals name it from here on, and the program it calls with is checked.
   * @throws VaultError `client.caller_not_allowed`
   */
  become(caller: AgentCaller): Promise<void>;
  /** A path parameter, percent-decoded. */
  param(name: string): string;
  /** Counts against a limit that only the route knows the key of; see `rate_limit.ts`. */
  spend(name: RateName, key: string, cost?: number): void;
}

/**
 * A route's answer: a {@linkcode Page} becomes a list with a `Link` header, a `Response` is passed on with the common
 * headers added, everything else becomes JSON.
 */
export type Answer = unknown;

/** An endpoint as the adapter calls it, its schemas and caller erased. */
export interface Endpoint {
  readonly kind: CallerKind;
  readonly spec: EndpointSpec<unknown, unknown>;
  run(context: EndpointContext<Caller, unknown, unknown>): Promise<Answer>;
}

type Handler<Kind extends CallerKind, Body, Query, Sent> = (
  context: EndpointContext<CallerOf[Kind], Body, Query>,
) => Promise<Answered<NoInfer<Sent>>>;

function endpointOf<Kind extends CallerKind>(kind: Kind) {
  return <Body = undefined, Query = undefined, Sent = unknown>(
    spec: EndpointSpec<Body, Query, Sent>,
    handler: Handler<Kind, Body, Query, Sent>,
  ): Endpoint => ({
    kind,
    spec,
    // The adapter hands over what `spec` parsed and the caller that `kind` authenticated: the one cast of its kind.
    run: (context) => handler(context as EndpointContext<CallerOf[Kind], Body, Query>),
  });
}

/** A route of the admin. */
export const adminEndpoint = endpointOf("admin");
/** A route for everybody. */
export const publicEndpoint = endpointOf("public");
/** A route whose body proves the agent. */
export const agentEndpoint = endpointOf("agent");
/** A route for daemons with an access token. */
export const daemonEndpoint = endpointOf("daemon");
/** A route for holders of a project token with an attested request. */
export const projectEndpoint = endpointOf("project");
