/** `/.well-known/jwks.json` (RFC 7517): the public keys that verify our tokens. */

import { Jwks } from "../../shared/api/jwks.ts";
import { textAnswer } from "../http/answer.ts";
import { publicEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import { JWKS_MAX_AGE, type SigningKeys } from "../identity/signing_keys.ts";
import { SECOND } from "../../shared/clock.ts";

export function jwksRoutes(keys: Pick<SigningKeys, "jwks">): Routes {
  return {
    "GET /.well-known/jwks.json": publicEndpoint(
      { answer: Jwks },
      async () =>
        textAnswer(JSON.stringify(keys.jwks()), "application/json", {
          "Cache-Control": `public, max-age=${JWKS_MAX_AGE / SECOND}`,
        }),
    ),
  };
}
