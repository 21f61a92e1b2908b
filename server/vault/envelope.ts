/**
 * Envelopes: each row has a data key (DEK) of its own, which the KEK wraps.
 *
 * `wrapped_dek`: format byte, KEK version (32 bits big-endian), nonce, ciphertext of the 32-byte DEK, tag.
 * `sealed_body`: format byte, nonce, ciphertext, tag. Both are bound to their row, see `associated_data.ts`.
 */

import { AEAD_KEY_BYTES, aeadOpen, aeadSeal } from "../../shared/crypto/aead.ts";
import { randomBytes } from "../../shared/crypto/random.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import type { SealedColumns } from "../store/vault_schema.ts";
import { bodyAssociatedData, dekAssociatedData, type Place } from "./associated_data.ts";
import type { Keyring } from "./keyring.ts";

/** Version of both layouts. */
const FORMAT = 1;
const WRAP_HEADER_BYTES = 5;

/** The half of an envelope that a KEK wraps. */
export type WrappedKey = Pick<SealedColumns, "kek_version" | "wrapped_dek">;

/** Seals a plaintext for its row, under a fresh DEK. */
export function sealEnvelope(keyring: Keyring, place: Place, plaintext: Uint8Array): SealedColumns {
  const dek = randomBytes(AEAD_KEY_BYTES);
  try {
    return {
      kek_version: keyring.current,
      wrapped_dek: wrapDek(keyring, place, dek),
      sealed_body: concat(Uint8Array.of(FORMAT), aeadSeal(dek, plaintext, bodyAssociatedData(place))),
    };
  } finally {
    wipe(dek);
  }
}

/** The plaintext, or undefined where any byte, the row, its namespace or the key is not that of the sealing. */
export function openEnvelope(
  keyring: Keyring,
  place: Place,
  sealed: SealedColumns,
): Uint8Array<ArrayBuffer> | undefined {
  if (sealed.sealed_body[0] !== FORMAT || versionOf(sealed) === undefined) return undefined;
  return keyring.deks.use(
    place,
    sealed.wrapped_dek,
    () => unwrapDek(keyring, place, sealed),
    (dek) => aeadOpen(dek, sealed.sealed_body.subarray(1), bodyAssociatedData(place)),
  );
}

/**
 * The DEK of a row wrapped under the current KEK, or undefined where it does not open. Past the cache: a rotation comes by every row
 * once, and would push out those that are read.
 */
export function rewrapDek(
  keyring: Keyring,
  place: Place,
  sealed: WrappedKey,
): Uint8Array | undefined {
  const dek = unwrapDek(keyring, place, sealed);
  if (dek === undefined) return undefined;
  try {
    return wrapDek(keyring, place, dek);
  } finally {
    wipe(dek);
  }
}

function wrapDek(keyring: Keyring, place: Place, dek: Uint8Array): Uint8Array {
  const version = keyring.current;
  const sealed = keyring.use(version, (kek) => aeadSeal(kek, dek, dekAssociatedData(place, version)));
  if (sealed === undefined) throw new Error("the vault is sealed");
  const header = new Uint8Array(WRAP_HEADER_BYTES);
  header[0] = FORMAT;
  new DataView(header.buffer).setUint32(1, version);
  return concat(header, sealed);
}

/** The column and the blob both name the KEK version; they have to agree. */
function versionOf({ wrapped_dek: blob, kek_version }: WrappedKey): number | undefined {
  if (blob.byteLength < WRAP_HEADER_BYTES || blob[0] !== FORMAT) return undefined;
  const version = new DataView(blob.buffer, blob.byteOffset).getUint32(1);
  return version === kek_version ? version : undefined;
}

function unwrapDek(
  keyring: Keyring,
  place: Place,
  sealed: WrappedKey,
): Uint8Array | undefined {
  const version = versionOf(sealed);
  if (version === undefined) return undefined;
  const { wrapped_dek: blob } = sealed;
  const associated = dekAssociatedData(place, version);
  return keyring.use(version, (kek) => aeadOpen(kek, blob.subarray(WRAP_HEADER_BYTES), associated));
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.byteLength + tail.byteLength);
  whole.set(head);
  whole.set(tail, head.byteLength);
  return whole;
}
