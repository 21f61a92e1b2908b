/** Wire schemas of `POST /daemon/attest` (section 2.4 of the wire contract) with the optional proof of the agent key. */

import * as z from "zod";
import { CALLER_ROLES } from "../caller/allowed_callers.ts";
import { ATTEST_NONCE, BOOT_ID } from "../proofs/attest_proof.ts";

const int64 = z.int();

export const DaemonAttestRequest = z.object({
  attestation_pub: z.string().max(64).describe("Base64url of a 32-byte Ed25519 public key."),
  binary_sha256: z.string().max(128),
  daemon_version: z.string().max(64).nullish(),
  daemon_pid: int64.nullish(),
  daemon_uid: int64.nullish(),
  hostname: z.string().regex(/^[^\p{C}]{0,255}$/u).nullish(),
  agent_proof: z.string().length(86).nullish().describe(
    "Signature by the agent key; `proof_ts` and `proof_nonce` are needed with it.",
  ),
  proof_ts: z.int().nonnegative().max(99_999_999_999).nullish(),
  proof_nonce: z.string().regex(ATTEST_NONCE).nullish(),
  boot_id: z.string().regex(BOOT_ID).nullish(),
});
export type DaemonAttestRequest = z.infer<typeof DaemonAttestRequest>;

export const DaemonAttestResponse = z.object({
  session_id: z.string(),
  expires_in: z.int().describe("Seconds until the session ends."),
  allowlist_enforced: z.boolean().describe("Whether only listed binaries may attest."),
  server_proof: z.object({ kid: z.string(), x: z.string(), signature: z.string() }).optional().describe(
    "Only with a valid `agent_proof`: that this answer is the server's, see `shared/proofs/server_proof.ts`.",
  ),
  access_token: z.string().optional().describe(
    "Only with a valid `agent_proof`, when the access token is past half its life: replaces it.",
  ),
  access_token_expires_in: z.int().optional().describe("Seconds; of `access_token`."),
  allowed_callers: z.array(z.object({ sha256: z.string(), role: z.enum(CALLER_ROLES) })).optional().describe(
    "Only with a valid `agent_proof`: programs that may act for the agent, covered by `server_proof`. Empty: any program of the daemon's user.",
  ),
});
export type DaemonAttestResponse = z.infer<typeof DaemonAttestResponse>;
