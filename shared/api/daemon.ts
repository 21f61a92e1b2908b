/** Wire schemas of `POST /daemon/attest` (section 2.4 of the wire contract) with the optional proof of the agent key. */

import { z } from "zod";
import { CALLER_ROLES } from "../caller/allowed_callers.ts";
import { ATTEST_NONCE, BOOT_ID } from "../proofs/attest_proof.ts";

const int64 = z.int();

export const DaemonAttestRequest = z.object({
  /** Base64url of a 32-byte Ed25519 public key. */
  attestation_pub: z.string().max(64),
  binary_sha256: z.string().max(128),
  daemon_version: z.string().max(64).nullish(),
  daemon_pid: int64.nullish(),
  daemon_uid: int64.nullish(),
  hostname: z.string().regex(/^[^\p{C}]{0,255}$/u).nullish(),
  /** With `agent_proof`, `proof_ts` and `proof_nonce` are needed. */
  agent_proof: z.string().length(86).nullish(),
  proof_ts: z.int().nonnegative().max(99_999_999_999).nullish(),
  proof_nonce: z.string().regex(ATTEST_NONCE).nullish(),
  boot_id: z.string().regex(BOOT_ID).nullish(),
});
export type DaemonAttestRequest = z.infer<typeof DaemonAttestRequest>;

export const DaemonAttestResponse = z.object({
  session_id: z.string(),
  /** Seconds until the session ends. */
  expires_in: z.int(),
  /** Whether only listed binaries may attest. */
  allowlist_enforced: z.boolean(),
  /** Only with a valid `agent_proof`: that this answer is the server's, see `shared/proofs/server_proof.ts`. */
  server_proof: z.object({ kid: z.string(), x: z.string(), signature: z.string() }).optional(),
  /** Only with a valid `agent_proof`, when the access token is past half its life: replaces it. */
  access_token: z.string().optional(),
  /** Seconds; of `access_token`. */
  access_token_expires_in: z.int().optional(),
  /** Only with a valid `agent_proof`: programs that may act for the agent, covered by `server_proof`. Empty: any program of the daemon's user. */
  allowed_callers: z.array(z.object({ sha256: z.string(), role: z.enum(CALLER_ROLES) })).optional(),
});
export type DaemonAttestResponse = z.infer<typeof DaemonAttestResponse>;
