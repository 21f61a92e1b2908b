/**
 * `deno run -A packaging/allowed_daemons.ts TARGET=FILE…`: the signed list of a release's daemons. The key's seed comes from
 * `RELEASE_SIGNING_KEY`, 32 bytes as unpadded base64url.
 */

import { sha256Hex } from "../shared/crypto/hash.ts";
import { signingKey } from "../shared/crypto/ed25519.ts";
import { fromBase64Url } from "../shared/encoding.ts";
import { signAllowedDaemons } from "../shared/release/allowed_daemons.ts";
import { VERSION } from "../shared/version.ts";
import { parseTarget } from "./targets.ts";

const seed = fromBase64Url(Deno.env.get("RELEASE_SIGNING_KEY") ?? "");
if (seed?.byteLength !== 32) throw new Error("RELEASE_SIGNING_KEY has to be 32 bytes in base64url");
const daemons: Record<string, string> = {};
for (const argument of Deno.args) {
  const [target = "", file = ""] = argument.split("=", 2);
  daemons[parseTarget(target)] = sha256Hex(await Deno.readFile(file));
}
console.log(JSON.stringify(signAllowedDaemons(signingKey(seed), { version: VERSION, daemons }), null, 2));
