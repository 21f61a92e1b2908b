/**
 * What a page loads beside itself. The texts are part of the program, as it may read no file once it serves; the hash in
 * each address lets browsers keep them for ever.
 */

import htmx from "htmx.org/dist/htmx.min.js" with { type: "text" };
import { publicSha256Hex } from "../../shared/crypto/hash.ts";
import { utf8 } from "../../shared/encoding.ts";
import passkeys from "./assets/passkeys.js" with { type: "text" };
import script from "./assets/dashboard.js" with { type: "text" };
import docsStyle from "./assets/docs.css" with { type: "text" };
import docsScript from "./assets/docs.js" with { type: "text" };
import mark from "./assets/mark.svg" with { type: "text" };
import style from "./assets/style.css" with { type: "text" };

interface Asset {
  readonly text: string;
  readonly type: string;
}

const FILES = {
  "style.css": { text: style, type: "text/css; charset=utf-8" },
  "dashboard.js": { text: script, type: "text/javascript; charset=utf-8" },
  "passkeys.js": { text: passkeys, type: "text/javascript; charset=utf-8" },
  "docs.css": { text: docsStyle, type: "text/css; charset=utf-8" },
  "docs.js": { text: docsScript, type: "text/javascript; charset=utf-8" },
  "htmx.js": { text: htmx, type: "text/javascript; charset=utf-8" },
  "mark.svg": { text: mark, type: "image/svg+xml" },
} as const satisfies Readonly<Record<string, Asset>>;

export type AssetName = keyof typeof FILES;

const HASH_LENGTH = 16;

const ADDRESSES = new Map(
  Object.entries(FILES).map(([name, { text }]) => [
    name,
    `${publicSha256Hex(utf8(text)).slice(0, HASH_LENGTH)}-${name}`,
  ]),
);

const BY_FILE = new Map<string, Asset>(
  Object.entries(FILES).map(([name, asset]) => [ADDRESSES.get(name) ?? name, asset]),
);

/** Where a page finds it. */
export function assetPath(name: AssetName): string {
  return `/assets/${ADDRESSES.get(name)}`;
}

/** The answer at `/assets/NAME`, or undefined where there is none of that name. */
export function assetAnswer(file: string): Response | undefined {
  const asset = BY_FILE.get(file);
  if (asset === undefined) return undefined;
  return new Response(asset.text, {
    headers: { "Content-Type": asset.type, "Cache-Control": "public, max-age=31536000, immutable" },
  });
}
