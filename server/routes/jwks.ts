/** `/.well-known/jwks.json` (RFC 7517): the public keys that verify our tokens. */

import { textAnswer } from "../http/answer.ts";
import { publicEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { SigningKeys } from "../identity/signing_keys.ts";

/** Seconds. A new key signs only after it was published for longer than this. */
const MAX_AGE = 300;

export function jwksRoutes(keys: Pick<SigningKeys, "jwks">): Routes {
  return {
    "GET /.well-known/jwks.json": publicEndpoint(
      {},
      async () =>
        textAnswer(JSON.stringify(keys.jwks()), "application/json", {
          "Cache-Control": `public, max-age=${MAX_AGE}`,
        }),
    ),
  };
}
