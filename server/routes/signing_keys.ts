/** `/admin/signing-keys`. */

import {
  DestroyedSigningKey,
  DestroySigningKeyQuery,
  RotatedSigningKey,
  RotateSigningKeyRequest,
  SigningKeyList,
} from "../../shared/api/signing_keys.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { SigningKeyService } from "../services/keys/signing_keys.ts";

export function signingKeyRoutes(keys: SigningKeyService): Routes {
  return {
    "GET /admin/signing-keys": adminEndpoint({ answer: SigningKeyList }, ({ caller }) => keys.list(caller)),
    "POST /admin/signing-keys/rotate": adminEndpoint(
      { body: RotateSigningKeyRequest, bodyOptional: true, answer: RotatedSigningKey },
      ({ caller, body }) => keys.rotate(caller, body),
    ),
    "DELETE /admin/signing-keys/:kid": adminEndpoint(
      { query: DestroySigningKeyQuery, answer: DestroyedSigningKey },
      ({ caller, param, query }) => keys.destroy(caller, param("kid"), query.invalidate),
    ),
  };
}
