/**
 * Whether the server that answered an attestation is the one of the login. The login pinned its key; a server that rotated
 * its key since then shows, by a chain of signed statements, that the new key comes from the pinned one.
 */

import { VaultError } from "../shared/errors.ts";
import { followsFrom, parseHandovers } from "../shared/proofs/key_handover.ts";
import { type AttestAnswerFields, type ServerProof, signerOfAnswer } from "../shared/proofs/server_proof.ts";
import type { Login } from "./login.ts";

/**
 * The fingerprint to pin from now on: of the key that signed the answer. Undefined where there is nothing to pin: the login
 * has no pin, or the server is one that never proved itself, as the predecessor's.
 * @throws VaultError `server.untrusted`
 */
export async function checkServer(
  { client, pin }: Pick<Login, "client" | "pin">,
  proof: ServerProof | undefined,
  fields: AttestAnswerFields,
): Promise<string | undefined> {
  if (pin === undefined) return undefined;
  if (proof === undefined) {
    if (pin.provesItself) throw untrusted("did not prove itself, as it did before");
    return undefined;
  }
  const signer = signerOfAnswer(proof, fields);
  if (signer === undefined) throw untrusted("signed its answer wrongly");
  if (signer !== pin.fingerprint) await checkSuccession(client, pin.fingerprint, signer);
  return signer;
}

async function checkSuccession(client: Login["client"], pinned: string, signer: string): Promise<void> {
  const parse = parseHandovers;
  const handovers = await client.requestJson("GET", "/.well-known/jwks.json", { parse });
  if (!followsFrom(pinned, signer, handovers)) {
    throw untrusted("has another key than at the login, and nothing shows that it comes from that one");
  }
}

function untrusted(what: string): VaultError {
  return new VaultError(
    "server.untrusted",
    `The server ${what}: somebody may stand between this host and it; ask the operator, and if the change is ` +
      "known, run cortex daemon login --trust-new-key",
  );
}
