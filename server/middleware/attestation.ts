/** How a request looks to the attestation: section 3.2 of the wire contract. Checked in `server/identity`. */

import { sha256Hex } from "../../shared/crypto/hash.ts";
import { ATTESTATION_HEADER, EMPTY_BODY_SHA256 } from "../../shared/proofs/attestation.ts";
import type { RequestFacts } from "../identity/attestation.ts";
import type { ProjectRequest } from "../identity/project_callers.ts";
import type { Incoming } from "../http/incoming.ts";
import { readBearer } from "./bearer.ts";

/** What the header of a request has to cover. `bodySha256` is the lowercase hex SHA-256 of the raw body. */
export function requestFacts(incoming: Incoming, bodySha256: string): RequestFacts {
  return {
    header: incoming.header(ATTESTATION_HEADER),
    method: incoming.method,
    path: incoming.decodedPath,
    bodySha256,
  };
}

/**
 * A request of a project's token holder. A read has no body, and none is looked at.
 * @throws VaultError `auth.required`
 */
export function projectRequest(incoming: Incoming, body: Uint8Array): ProjectRequest {
  return {
    bearer: readBearer(incoming),
    projectName: incoming.param("project"),
    facts: requestFacts(incoming, body.byteLength === 0 ? EMPTY_BODY_SHA256 : sha256Hex(body)),
    origin: incoming.origin,
  };
}

/** A request whose body is signed too. */
export function attestedBody(incoming: Incoming, body: Uint8Array): RequestFacts {
  return requestFacts(incoming, sha256Hex(body));
}
