/**
 * Who holds a project token, opaque or signed, over an attested request. One query brings token, project, agent and
 * session together, as they are after the last commit (see `store/read_cache.ts`).
 *
 * Nothing tells a stranger whether a project exists: an unknown one and a wrong token are refused alike (lesson B21).
 */

import type { Clock, Instant } from "../../shared/clock.ts";
import { toHex } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import type { ParsedAttestation } from "../../shared/proofs/attestation.ts";
import type { Origin } from "../audit/entry.ts";
import type { ProjectCaller } from "../caller.ts";
import { PreparedQuery } from "../store/prepared.ts";
import type { Queries } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import type { AttestationVerifier, RequestFacts, SessionFacts } from "./attestation.ts";
import { agentFrozen } from "./daemon_callers.ts";
import type { EmptyTokens } from "./empty_token.ts";
import { invalidToken, looksSigned, type TokenVerifier, verifyToken } from "./jwt.ts";
import { hashToken, type TokenHash } from "./project_token.ts";

export interface ProjectCallersDeps {
  readonly store: Pick<Store, "reader">;
  readonly signingKeys: TokenVerifier;
  readonly clock: Clock;
  readonly attestation: AttestationVerifier;
  readonly emptyTokens: EmptyTokens;
  readonly requireAttestation: boolean;
}

/** A read as the middleware sees it. */
export interface ProjectRequest {
  readonly bearer: string;
  readonly projectName: string;
  readonly facts: RequestFacts;
  readonly origin: Origin;
}

/** How the token's row is found, and what the attestation has to be bound to. */
type TokenKey =
  | { readonly kind: "signed"; readonly id: string; readonly authTokenId: string }
  | { readonly kind: "opaque"; readonly hash: TokenHash; readonly authTokenId: string };

type Facts = NonNullable<Awaited<ReturnType<typeof findFacts>>>;

export class ProjectCallers {
  readonly #deps: ProjectCallersDeps;

  constructor(deps: ProjectCallersDeps) {
    this.#deps = deps;
  }

  /** @throws VaultError `token.*`, `attestation.*`, `agent.frozen`, `project.frozen` */
  async authenticate(request: ProjectRequest): Promise<ProjectCaller> {
    const { store, clock } = this.#deps;
    const key = await this.#tokenKey(request);
    const attested = this.#read(request, key);
    const facts = await findFacts(store.reader, request.projectName, key, attested.sessionId);
    if (facts === undefined) return await this.#authenticateEmpty(request, attested);
    checkToken(facts, clock.now());
    const sessionId = await this.#confirm(request, attested, sessionOf(facts), facts.agent_ref);
    return callerOf(facts, sessionId, request);
  }

  async #tokenKey({ bearer, projectName }: ProjectRequest): Promise<TokenKey> {
    const { signingKeys, clock } = this.#deps;
    if (!looksSigned(bearer)) {
      const hash = hashToken(bearer);
      return { kind: "opaque", hash, authTokenId: toHex(hash) };
    }
    const claims = await verifyToken(signingKeys, bearer, "cortex-cli", clock.now());
    if (claims.sub !== projectName) throw invalidToken();
    return { kind: "signed", id: claims.jti, authTokenId: claims.jti };
  }

  /** A wrong header is reported only after the token was found good, so its error is kept for then. */
  #read(request: ProjectRequest, key: TokenKey): Attested {
    if (!this.#deps.requireAttestation) return { sessionId: null, parsed: undefined, error: undefined };
    try {
      const parsed = this.#deps.attestation.read(request.facts, key.authTokenId);
      return { sessionId: parsed.sessionId, parsed, error: undefined };
    } catch (error) {
      return { sessionId: null, parsed: undefined, error };
    }
  }

  async #confirm(
    request: ProjectRequest,
    attested: Attested,
    session: SessionFacts | undefined,
    agentRef: string | null,
  ): Promise<string | null> {
    if (attested.error !== undefined) throw attested.error;
    if (attested.parsed === undefined) return null;
    const confirmed = await this.#deps.attestation.confirm(attested.parsed, request.facts, session);
    if (confirmed.agentRef !== agentRef) {
      throw new VaultError(
        "attestation.invalid",
        "The daemon's session belongs to another agent; discover again",
      );
    }
    return confirmed.sessionId;
  }

  async #authenticateEmpty(request: ProjectRequest, attested: Attested): Promise<ProjectCaller> {
    const agentRef = this.#deps.emptyTokens.agentOf(request.bearer, request.projectName);
    if (agentRef === undefined) throw invalidToken();
    const facts = await findAgent(this.#deps.store.reader, agentRef, attested.sessionId);
    if (facts === undefined) throw invalidToken();
    const sessionId = await this.#confirm(request, attested, sessionOf(facts), facts.id);
    if (facts.agent_frozen_at !== null) throw agentFrozen();
    const agent = { id: facts.id, agent_id: facts.agent_id, namespace: facts.namespace };
    const { projectName, origin } = request;
    return { kind: "project", projectName, agent, token: null, sessionId, origin };
  }
}

interface Attested {
  readonly sessionId: string | null;
  readonly parsed: ParsedAttestation | undefined;
  readonly error: unknown;
}

function checkToken(facts: Facts, now: Instant): void {
  checkRevoked(facts);
  if (facts.expires_at <= now) {
    throw new VaultError("token.expired", "The project token has expired; discover the project again");
  }
}

/** @throws VaultError `token.revoked` */
export function checkRevoked({ revoked_at }: { readonly revoked_at: Instant | null }): void {
  if (revoked_at === null) return;
  throw new VaultError("token.revoked", "The project token was revoked; discover the project again");
}

/** Frozen is said only to who has proved to be the agent. */
function callerOf(facts: Facts, sessionId: string | null, request: ProjectRequest): ProjectCaller {
  const { agent_ref: id, agent_id, agent_namespace: namespace } = facts;
  // No agent: it was deleted. Another namespace: the agent is no longer the one that the scope was made for.
  if (id === null || agent_id === null || namespace !== facts.namespace) throw invalidToken();
  if (facts.agent_frozen_at !== null) throw agentFrozen();
  if (facts.project_frozen_at !== null) throw projectFrozen();
  return {
    kind: "project",
    projectName: request.projectName,
    agent: { id, agent_id, namespace },
    token: {
      id: facts.token_id,
      projectRef: facts.project_ref,
      envMappings: facts.env_mappings,
      scope: facts.scope,
      issuedAt: facts.issued_at,
    },
    sessionId,
    origin: request.origin,
  };
}

/** The refusal of a project that a person has to let work again. */
export function projectFrozen(): VaultError {
  return new VaultError(
    "project.frozen",
    "This project is frozen; ask an admin to look into it and unfreeze it",
  );
}

function sessionOf(facts: {
  readonly session_id: string | null;
  readonly session_agent_ref: string | null;
  readonly attestation_pub: Uint8Array | null;
  readonly session_expires_at: number | null;
  readonly session_revoked_at: number | null;
  readonly signed_until: number | null;
}): SessionFacts | undefined {
  const { session_id, session_agent_ref, attestation_pub, session_expires_at, session_revoked_at } = facts;
  if (session_id === null || session_agent_ref === null) return undefined;
  if (attestation_pub === null || session_expires_at === null) return undefined;
  return {
    sessionId: session_id,
    agentRef: session_agent_ref,
    attestationPub: attestation_pub,
    expiresAt: session_expires_at,
    revokedAt: session_revoked_at,
    signedUntil: facts.signed_until ?? 0,
  };
}

const SESSION_COLUMNS = [
  "s.session_id",
  "s.agent_ref as session_agent_ref",
  "s.attestation_pub",
  "s.expires_at as session_expires_at",
  "s.revoked_at as session_revoked_at",
  "s.signed_until",
] as const;

/** `name` and `sessionId` aside, one of the two is how the token is found. */
type FactsKey = { readonly projectName: string; readonly sessionId: string };

const FACTS_BY_HASH = new PreparedQuery((db, key: FactsKey & { readonly hash: TokenHash }) =>
  factsQuery(db, key).where("t.token_hash", "=", key.hash)
);
const FACTS_BY_ID = new PreparedQuery((db, key: FactsKey & { readonly id: string }) =>
  factsQuery(db, key).where("t.id", "=", key.id)
);

function findFacts(db: Queries, projectName: string, key: TokenKey, session: string | null) {
  const sessionId = session ?? "";
  return key.kind === "signed"
    ? FACTS_BY_ID.first(db, { projectName, sessionId, id: key.id })
    : FACTS_BY_HASH.first(db, { projectName, sessionId, hash: key.hash });
}

function factsQuery(db: Queries, { projectName, sessionId }: FactsKey) {
  return db.selectFrom("project_tokens as t")
    .innerJoin("projects as p", "p.id", "t.project_ref")
    .leftJoin("agents as a", "a.id", "p.agent_ref")
    .leftJoin("daemon_sessions as s", (join) => join.on("s.session_id", "=", sessionId))
    .select([
      "t.id as token_id",
      "t.project_ref",
      "t.env_mappings",
      "t.scope",
      "t.issued_at",
      "t.expires_at",
      "t.revoked_at",
      "p.namespace",
      "p.frozen_at as project_frozen_at",
      "p.agent_ref",
      "a.agent_id",
      "a.namespace as agent_namespace",
      "a.frozen_at as agent_frozen_at",
      ...SESSION_COLUMNS,
    ])
    .where("p.project_name", "=", projectName);
}

function findAgent(db: Queries, agentRef: string, sessionId: string | null) {
  return db.selectFrom("agents as a")
    .leftJoin("daemon_sessions as s", (join) => join.on("s.session_id", "=", sessionId ?? ""))
    .select(["a.id", "a.agent_id", "a.namespace", "a.frozen_at as agent_frozen_at", ...SESSION_COLUMNS])
    .where("a.id", "=", agentRef)
    .executeTakeFirst();
}
