/**
 * Text forms of bytes (RFC 4648). Decoders are strict: padding where the alphabet wants it, none where it does
 * not, no white space, no stray bits; they return undefined instead of guessing.
 */

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes, or undefined where they are not UTF-8. A byte order mark is kept. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Lowercase hex. */
export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** Bytes of lowercase or uppercase hex, or undefined. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  return /^(?:[0-9a-fA-F]{2})*$/.test(text) ? Uint8Array.fromHex(text) : undefined;
}

/** Base64, standard alphabet, with padding. */
export function toBase64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

/** Bytes of strict padded base64, or undefined. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  return decodeStrictly(text, /^[A-Za-z0-9+/]*={0,2}$/, "base64", toBase64);
}

/** Base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Bytes of strict unpadded base64url, or undefined. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return decodeStrictly(text, /^[A-Za-z0-9_-]*$/, "base64url", toBase64Url);
}

function decodeStrictly(
  text: string,
  shape: RegExp,
  alphabet: "base64" | "base64url",
  print: (bytes: Uint8Array) => string,
): Uint8Array<ArrayBuffer> | undefined {
  if (!shape.test(text)) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet });
    return print(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
