/**
 * The check of `X-Daemon-Attestation` (section 3.2 of the wire contract), in the contract's order. What can be checked
 * without the database comes first, in `read`; what needs the session, in `confirm`. Only a request that passes both
 * has used its one-time id up.
 */

import type { Clock, Instant } from "../../shared/clock.ts";
import type { Ledger } from "../audit/ledger.ts";
import { equalTexts } from "../../shared/crypto/hash.ts";
import { type ErrorCode, VaultError } from "../../shared/errors.ts";
import {
  parseAttestation,
  type ParsedAttestation,
  verifyAttestation,
} from "../../shared/proofs/attestation.ts";
import { FutureSignatures } from "./future_signatures.ts";
import { Freshness } from "./freshness.ts";
import { ReplayCache } from "./replay_cache.ts";
import { VerifyingKeys } from "./verifying_keys.ts";

/** A request as the attestation has to describe it. */
export interface RequestFacts {
  readonly header: string | null;
  readonly method: string;
  /** Percent-decoded, without query. */
  readonly path: string;
  /** Lowercase hex. */
  readonly bodySha256: string;
}

/** What of a session's row decides. */
export interface SessionFacts {
  readonly sessionId: string;
  readonly agentRef: string;
  readonly attestationPub: Uint8Array;
  readonly expiresAt: Instant;
  readonly revokedAt: Instant | null;
  /** Latest time of a signature that was ahead of the server's clock, in unix seconds. */
  readonly signedUntil: number;
}

/** A header longer than this is not one of ours. */
const LONGEST_HEADER = 1_024;
/** Longest `jti`; a UUID has 36. */
const LONGEST_JTI = 128;

export class AttestationVerifier {
  readonly #clock: Clock;
  readonly #freshness: Freshness;
  readonly #seen: ReplayCache;
  readonly #keys = new VerifyingKeys();
  readonly #ahead: FutureSignatures;

  constructor(ledger: Ledger, clock: Clock, startedAt: Instant) {
    this.#clock = clock;
    this.#ahead = new FutureSignatures(ledger, clock);
    this.#freshness = new Freshness(clock, startedAt);
    this.#seen = new ReplayCache(clock);
  }

  /**
   * The header, as far as it can be judged by itself. `authTokenId` says what it has to be bound to.
   * @throws VaultError `attestation.*`
   */
  read(request: RequestFacts, authTokenId: string): ParsedAttestation {
    const { header } = request;
    if (header === null || header === "") {
      throw new VaultError(
        "attestation.required",
        "The request is not attested; run it through cortex-daemon, which adds X-Daemon-Attestation",
      );
    }
    const parsed = header.length > LONGEST_HEADER ? undefined : parseAttestation(header);
    if (parsed === undefined || parsed.jti.length > LONGEST_JTI) {
      throw refused("is not of the form it must have");
    }
    if (!equalTexts(parsed.authTokenId, authTokenId)) throw refused("is made for another token");
    this.#freshness.check(parsed.ts, "attestation.expired");
    if (!equalTexts(parsed.bodySha256, request.bodySha256)) throw refused("is made for another body");
    return parsed;
  }

  /**
   * That the header is signed by the session it names, and used for the first time.
   * @throws VaultError `attestation.*`
   */
  async confirm(
    parsed: ParsedAttestation,
    request: RequestFacts,
    session: SessionFacts | undefined,
  ): Promise<SessionFacts> {
    if (session === undefined) throw ended("is unknown");
    if (session.revokedAt !== null) throw ended("was revoked or replaced");
    if (session.expiresAt <= this.#clock.now()) throw ended("has expired");
    if (!verifyAttestation(this.#keys.of(session.attestationPub), parsed, request)) {
      throw refused("is not signed by its session");
    }
    this.#ahead.check(session, parsed.ts);
    if (!this.#seen.claim(session.sessionId, parsed.jti, parsed.ts)) {
      throw attestationError("attestation.replayed", "was used before: a replay; sign each request anew");
    }
    await this.#ahead.note(session, parsed.ts);
    return session;
  }
}

function refused(problem: string): VaultError {
  return attestationError("attestation.invalid", `${problem}; sign this very request`);
}

function ended(problem: string): VaultError {
  return new VaultError("attestation.session_ended", `The daemon's session ${problem}; attest again`);
}

function attestationError(code: ErrorCode, problem: string): VaultError {
  return new VaultError(code, `The attestation ${problem}`);
}
