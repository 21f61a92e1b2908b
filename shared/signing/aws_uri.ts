/**
 * How Signature Version 4 writes addresses ("Create a canonical request", AWS General Reference): one spelling for each
 * path and query, so that who signs and who checks mean the same bytes. The command line prints addresses in this
 * spelling, the server signs it.
 */

import { joinBytes } from "../bytes.ts";
import { fromUtf8, utf8 } from "../encoding.ts";

/** A name and its value, decoded. */
export type QueryPair = readonly [name: string, value: string];

/** Services that take a path as it is, encoded once. */
const S3_LIKE: ReadonlySet<string> = new Set(["s3", "s3-outposts", "s3-object-lambda"]);

/** Whether a service's paths are those of S3. */
export function isS3Like(service: string): boolean {
  return S3_LIKE.has(service);
}

/** Each byte as it is written: RFC 3986's unreserved characters as they are, all others percent-encoded. */
const WRITTEN: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  const isUnreserved = /[A-Za-z0-9._~-]/.test(character);
  return isUnreserved ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

/** Percent-encodes everything but unreserved characters, in upper case hex. */
export function awsEncode(text: string): string {
  return encodeBytes(utf8(text));
}

/** Names and values encoded, sorted by both. */
export function canonicalQuery(pairs: readonly QueryPair[]): string {
  return pairs.map(([name, value]) => `${awsEncode(name)}=${awsEncode(value)}`)
    .toSorted((one, other) => compareTexts(sortKey(one), sortKey(other))).join("&");
}

/** `=` sorts behind digits and some marks: a name is to come before the longer one that begins with it. */
function sortKey(pair: string): string {
  return pair.replace("=", "\0");
}

/** The path of a request to S3: each character encoded once, nothing else changed. */
export function s3Path(wirePath: string): string {
  return wirePath.split("/").map((part) => encodeBytes(percentDecode(part))).join("/");
}

/** The path of a request to any other service: dots and empty segments resolved, what is on the wire encoded again. */
export function normalPath(wirePath: string): string {
  const kept: string[] = [];
  const parts = wirePath.split("/");
  for (const part of parts) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(awsEncode(part));
  }
  const last = parts.at(-1);
  const isFolder = last === "" || last === "." || last === "..";
  return `/${kept.join("/")}${isFolder && kept.length > 0 ? "/" : ""}`;
}

/**
 * The pairs of a query as typed, without its `?`. Undefined where it is no UTF-8, or has a `+`: to some services that is
 * a space and to others a plus, and the signature would be wrong for one of them.
 */
export function readQuery(text: string): readonly QueryPair[] | undefined {
  if (text.includes("+")) return undefined;
  const pairs: QueryPair[] = [];
  for (const part of text.split("&").filter((each) => each !== "")) {
    const end = part.includes("=") ? part.indexOf("=") : part.length;
    const name = fromUtf8(percentDecode(part.slice(0, end)));
    const value = fromUtf8(percentDecode(part.slice(end + 1)));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

function encodeBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += WRITTEN[byte];
  return text;
}

/** A percent sign that begins no escape stands for itself. */
function percentDecode(text: string): Uint8Array {
  const parts = text.split(/(%[0-9A-Fa-f]{2})/);
  // Splitting by a group puts the escapes at the odd places.
  return joinBytes(
    ...parts.map((part, at) => at % 2 === 1 ? Uint8Array.of(parseInt(part.slice(1), 16)) : utf8(part)),
  );
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
