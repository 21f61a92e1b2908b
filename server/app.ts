/**
 * The HTTP application: every route of the access table and nothing else, on one screen. It opens nothing and reads
 * no environment: tests call it with `app.request()`, `main.ts` with a listener.
 */

import type { Hono } from "hono";
import { Refusals } from "./audit/refusals.ts";
import { ProofWatch } from "./events/proof_watch.ts";
import { Adapter, type RequestLog } from "./http/adapter.ts";
import { BODY_TIMEOUT_MS } from "./http/body.ts";
import type { Endpoint } from "./http/endpoint.ts";
import type { RouteKey } from "./access_table.ts";
import { type HonoEnv, mountRoutes, type Routes } from "./http/mount.ts";
import { RequestMetrics } from "./metrics/requests.ts";
import type { AdminTokenVerifier } from "./middleware/admin_auth.ts";
import { projectRequest } from "./middleware/attestation.ts";
import { AuthThrottle } from "./middleware/auth_throttle.ts";
import { readBearer } from "./middleware/bearer.ts";
import { ClientAddress, type SocketInfo } from "./middleware/client_address.ts";
import { Cors } from "./middleware/cors.ts";
import { authenticatePerson } from "./middleware/person_auth.ts";
import { RateLimiter } from "./middleware/rate_limit.ts";
import { SessionCookies } from "./middleware/session_cookies.ts";
import { HOUR, MINUTE, SECOND } from "../shared/clock.ts";
import { type CallRoute, Dashboard } from "./dashboard/dashboard.tsx";
import { LinkSessions } from "./dashboard/link_sessions.ts";
import { PersonPageSessions } from "./dashboard/person_sessions.ts";
import type { PageSessions } from "./dashboard/session.ts";
import { apiDocumentRoutes } from "./routes/api_document.ts";
import { accountSideRoutes, apiRoutes } from "./routes/all.ts";
import { signInRoutes } from "./routes/signin.ts";
import { pageRoutes } from "./routes/pages.ts";
import { createServices } from "./services/all.ts";
import { AdminTokenService } from "./services/accounts/admin_token.ts";
import { AuditHeadPost } from "./services/audit/head_post.ts";
import type { AuditProofService } from "./services/audit/proof.ts";
import { type Chore, Chores } from "./services/chores.ts";
import type { ServiceDeps } from "./services/deps.ts";

export interface AppConfig {
  /** Addresses or networks of proxies whose forwarded headers count. */
  readonly trustedProxies: readonly string[];
  /** Origins whose pages may call the API. */
  readonly dashboardOrigins: readonly string[];
  /** Gets each head of the audit log's tree. */
  readonly auditHeadWebhook?: string | undefined;
  /** Nobody passes by the admin token. */
  readonly adminTokenDisabled?: boolean;
}

export interface AppDeps extends ServiceDeps {
  readonly config: AppConfig & ServiceDeps["config"];
  readonly adminToken: AdminTokenVerifier;
  readonly log: RequestLog;
}

/** What `Deno.serve` and tests call, and what the end of the program awaits before it closes the ledger. */
export interface VaultApp {
  readonly fetch: (request: Request, info?: SocketInfo) => Response | Promise<Response>;
  readonly request: Hono<HonoEnv>["request"];
  /** Runs the chores that are due; to be called every few seconds. Never rejects. */
  housekeep(): Promise<void>;
  /** Ends answers that would go on for long, such as a backup, and begins no more of them. Never rejects. */
  endStreams(): Promise<void>;
  /** Writes the refusals that are only counted so far. Never rejects: an end goes on to wipe the keys. */
  stop(): Promise<void>;
}

export interface TestOnlyOptions {
  readonly routes?: Routes;
  readonly bodyTimeoutMs?: number;
  /** Who is signed in, instead of by accounts. */
  readonly sessions?: PageSessions;
}

/** @throws Error where the table and the handlers do not match: a bug, found before anything listens */
export function createApp(deps: AppDeps, testOnly: TestOnlyOptions = {}): VaultApp {
  const metrics = new RequestMetrics();
  const services = createServices(deps, metrics);
  const refusals = new Refusals(deps.ledger, deps.clock);
  const throttle = new AuthThrottle(deps.clock);
  const cookies = new SessionCookies(deps.config.publicUrl);
  const people = {
    adminToken: deps.config.adminTokenDisabled === true ? undefined : deps.adminToken,
    throttle,
    apiTokens: services.apiTokens,
    sessions: services.personSessions,
    cookies,
  };
  const adapter = new Adapter({
    ledger: deps.ledger,
    refusals,
    proofWatch: new ProofWatch(deps.ledger, deps.clock),
    limiter: new RateLimiter(deps.clock),
    log: deps.log,
    authenticate: {
      public: ({ origin }) => ({ kind: "anonymous", origin }),
      agent: ({ origin }) => ({ kind: "anonymous", origin }),
      admin: (incoming) => authenticatePerson(people, incoming),
      daemon: (incoming) => services.daemonCallers.authenticate(readBearer(incoming), incoming.origin),
      project: (incoming, body) => services.projectCallers.authenticate(projectRequest(incoming, body)),
    },
    checkCaller: (caller) => services.callerCheck.check(caller),
    keyUsers: deps.vault.users,
    metrics,
    bodyTimeoutMs: testOnly.bodyTimeoutMs ?? BODY_TIMEOUT_MS,
  });
  const api = withDocument({
    ...apiRoutes(services),
    ...accountSideRoutes(
      services,
      new AdminTokenService(deps.adminToken.rotate, services.pageLinks),
      cookies,
    ),
  });
  const call: CallRoute = (key, inner) => adapter.call(key, endpointIn(api, key), inner);
  const dashboard = new Dashboard({
    log: deps.log,
    sessions: testOnly.sessions ??
      new PersonPageSessions(services.personSessions, cookies, new LinkSessions(services.pageLinks)),
    call,
  });
  const app = mountRoutes(
    testOnly.routes ??
      { ...api, ...signInRoutes({ links: services.pageLinks, dashboard, call }), ...pageRoutes(dashboard) },
    {
      adapter,
      addresses: new ClientAddress(deps.config.trustedProxies),
      cors: new Cors(deps.config.dashboardOrigins),
    },
  );
  const chores = new Chores(
    [
      { name: "refusals", everyMs: MINUTE, run: () => refusals.closeOld() },
      { name: "rotation of the key", everyMs: 10 * SECOND, run: () => services.kekRotation.resume() },
      { name: "audit sinks", everyMs: 5 * SECOND, run: () => services.auditSinks.tend() },
      { name: "tree of the audit log", everyMs: 5 * SECOND, run: () => services.auditTree.tend() },
      { name: "age of audit rows", everyMs: HOUR, run: () => services.auditRetention.tend() },
      ...headPosts(deps.config, services.auditProof),
      { name: "notifications", everyMs: SECOND, run: () => services.notifications.tend() },
      { name: "age of events", everyMs: MINUTE, run: () => services.notifications.forgetOld() },
      { name: "what waits", everyMs: SECOND, run: () => services.waiting.tend() },
      { name: "backups", everyMs: 10 * SECOND, run: () => services.backups.endIdle() },
    ],
    deps.clock,
    deps.log,
  );
  return {
    fetch: app.fetch,
    request: app.request,
    housekeep: () => chores.runDue(),
    endStreams: () => {
      services.waiting.stop();
      return orLog("end of a backup not audited", services.backups.stop(), deps.log);
    },
    stop: async () => {
      await services.kekRotation.stop();
      await services.notifications.stop();
      await orLog("refusals not audited", refusals.flush(), deps.log);
    },
  };
}

function withDocument(api: Routes): Routes {
  return { ...api, ...apiDocumentRoutes(api) };
}

function endpointIn(routes: Routes, key: RouteKey): Endpoint {
  const endpoint = routes[key];
  if (endpoint === undefined) throw new Error(`a page calls a route that there is not: ${key}`);
  return endpoint;
}

/** Where an address is configured that keeps the heads of the audit log's tree. */
function headPosts({ auditHeadWebhook }: AppConfig, proofs: AuditProofService): readonly Chore[] {
  if (auditHeadWebhook === undefined) return [];
  const post = new AuditHeadPost(auditHeadWebhook);
  return [{
    name: "head of the audit log",
    everyMs: MINUTE,
    run: async () => post.post(await proofs.head()),
  }];
}

async function orLog(event: string, work: Promise<void>, log: RequestLog): Promise<void> {
  try {
    await work;
  } catch (error) {
    log.error(event, { error });
  }
}
