/** Overwrites key material. Only reaches this array: see the threat model for what the engine may have copied. */
export function wipe(bytes: Uint8Array): void {
  bytes.fill(0);
}
