/**
 * Who an agent is at discover: it holds the key of a registered agent (section 3.1 of the wire contract) and speaks
 * through an attested session of that very agent. Agent ids are unique per namespace only: where several agents have
 * the id, the session says which one is meant.
 */

import type { Selectable } from "kysely";
import { type Clock, type Instant } from "../../shared/clock.ts";
import { decodeKeyText } from "../../shared/crypto/ed25519.ts";
import { VaultError } from "../../shared/errors.ts";
import { type AuthProofFields, verifyAuthProof } from "../../shared/proofs/auth_proof.ts";
import type { Origin } from "../audit/entry.ts";
import type { AgentCaller } from "../caller.ts";
import type { AgentTable } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import type { AttestationVerifier, RequestFacts, SessionFacts } from "./attestation.ts";
import { agentFrozen } from "./daemon_callers.ts";
import { Freshness } from "./freshness.ts";
import { ReplayCache } from "./replay_cache.ts";
import { VerifyingKeys } from "./verifying_keys.ts";

type AgentRow = Selectable<AgentTable>;

export interface AgentCallersDeps {
  readonly store: Pick<Store, "reader">;
  readonly clock: Clock;
  readonly startedAt: Instant;
  readonly attestation: AttestationVerifier;
  readonly requireAttestation: boolean;
}

/** What a discover brings to prove its sender, as it came. */
export interface AgentProof {
  readonly agentId: string;
  readonly authProof: string;
  readonly ts: number | null | undefined;
  readonly nonce: string | null | undefined;
}

export class AgentCallers {
  readonly #deps: AgentCallersDeps;
  readonly #freshness: Freshness;
  readonly #nonces: ReplayCache;
  readonly #keys = new VerifyingKeys();

  constructor(deps: AgentCallersDeps) {
    this.#deps = deps;
    this.#freshness = new Freshness(deps.clock, deps.startedAt);
    this.#nonces = new ReplayCache(deps.clock);
  }

  /** @throws VaultError `proof.*`, `attestation.*`, `agent.frozen`, `agent.ambiguous` */
  async authenticate(proof: AgentProof, facts: RequestFacts, origin: Origin): Promise<AgentCaller> {
    const candidates = await this.#deps.store.reader.selectFrom("agents").selectAll()
      .where("agent_id", "=", proof.agentId).execute();
    // An unknown agent and a wrong signature look the same from outside.
    if (candidates.length === 0) throw wrongProof();
    const fields = proofFields(proof);
    this.#freshness.check(fields.ts, "proof.expired");
    const holders = this.#holders(candidates, fields, proof.authProof);
    const { agent, sessionId } = await this.#attested(holders, facts, proof.agentId);
    if (!this.#nonces.claim(agent.id, fields.nonce, fields.ts)) {
      throw new VaultError("proof.replayed", "The nonce was used before: a replay; sign with a fresh nonce");
    }
    if (agent.frozen_at !== null) throw agentFrozen();
    return { kind: "agent", agent, sessionId, origin };
  }

  #holders(candidates: readonly AgentRow[], fields: AuthProofFields, proof: string): readonly AgentRow[] {
    const signature = decodeKeyText(proof);
    if (signature === undefined) throw wrongProof();
    const holders = candidates.filter(({ agent_pub }) =>
      verifyAuthProof(this.#keys.of(agent_pub), fields, signature)
    );
    if (holders.length === 0) throw wrongProof();
    return holders;
  }

  async #attested(
    holders: readonly AgentRow[],
    facts: RequestFacts,
    agentId: string,
  ): Promise<{ readonly agent: AgentRow; readonly sessionId: string | null }> {
    if (!this.#deps.requireAttestation) return { agent: onlyOne(holders), sessionId: null };
    const { attestation } = this.#deps;
    const parsed = attestation.read(facts, `agent:${agentId}`);
    const session = await attestation.confirm(parsed, facts, await this.#findSession(parsed.sessionId));
    const agent = holders.find(({ id }) => id === session.agentRef);
    if (agent !== undefined) return { agent, sessionId: session.sessionId };
    throw new VaultError(
      "attestation.invalid",
      "The daemon's session belongs to another agent; attest as this one",
    );
  }

  #findSession(sessionId: string): Promise<SessionFacts | undefined> {
    return this.#deps.store.reader.selectFrom("daemon_sessions")
      .select([
        "session_id as sessionId",
        "agent_ref as agentRef",
        "attestation_pub as attestationPub",
        "expires_at as expiresAt",
        "revoked_at as revokedAt",
        "signed_until as signedUntil",
      ])
      .where("session_id", "=", sessionId).executeTakeFirst();
  }
}

function proofFields({ agentId, ts, nonce }: AgentProof): AuthProofFields {
  if (typeof ts === "number" && typeof nonce === "string" && nonce !== "") return { agentId, ts, nonce };
  throw new VaultError("proof.invalid", "The proof has no 'ts' or no 'nonce'; send both with every discover");
}

/** Without sessions nothing else can tell two agents of one id and one key apart. */
function onlyOne(holders: readonly AgentRow[]): AgentRow {
  const [agent, another] = holders;
  if (agent !== undefined && another === undefined) return agent;
  throw new VaultError(
    "agent.ambiguous",
    "Several namespaces have this agent with this key; give each its own key",
  );
}

/** The one refusal of an agent that did not prove itself. */
export function wrongProof(): VaultError {
  return new VaultError(
    "proof.invalid",
    "The agent's proof is not accepted; check the agent id, its key file, and that the agent is registered",
  );
}
