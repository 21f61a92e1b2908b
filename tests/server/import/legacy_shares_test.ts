/** Shares of the predecessor: the golden vectors of section 12 of the wire contract, and a vault that is opened by them. */

import assert from "node:assert/strict";
import { unsealLegacyByShares } from "../../../server/import/ask_legacy_shares.ts";
import {
  combineLegacyShares,
  type LegacyShare,
  parseLegacyShare,
} from "../../../server/import/legacy_shares.ts";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { fromUtf8, toBase64, utf8 } from "../../../shared/encoding.ts";
import type { LineInput } from "../../../shared/terminal/hidden_line.ts";
import { LEGACY_VECTORS } from "../support/legacy_database.ts";

const GOLDEN = [
  "AQQbEjkgZ35VXDPK0fj/1q20i4JpkJeuhYzj+sGor0Zd",
  "Ag4FAAMCGQwPNuAYGxoh9Dd+NTDUCFMGxfx3UhHN9n59",
  "AwofEDkme3RdYtrYwe7TLJXar6CujNG+V2iNsst5RCY/",
  "BATJjs4tet2dFogo9YsmpuYgbSpMCPjfJa7j5LkJpLlk",
  "BQDTnvQJGKXPQrLoL3/UfkSE97o2jHpntzoZBGO9FuEm",
];
const SECRET = Uint8Array.from({ length: 32 }, (_, at) => at);
const SEAL = { salt: LEGACY_VECTORS.salt, sentinel_ciphertext: LEGACY_VECTORS.sentinel, kek_version: 1 };

function parsed(text: string): LegacyShare {
  const share = parseLegacyShare(text);
  assert.ok(share !== undefined);
  return share;
}

/** In the field of the predecessor: times two, and added up. */
function times(value: number, factor: number): number {
  if (factor === 0) return 0;
  const doubled = times(value, factor >> 1) << 1;
  return (doubled ^ (doubled & 0x100 ? 0x11d : 0)) ^ (factor & 1 ? value : 0);
}

/** Two of these give the key: a line through it. */
function lineThrough(key: Uint8Array): string[] {
  return [1, 2, 3].map((x) =>
    toBase64(Uint8Array.from([x, ...key].map((byte, at) => at === 0 ? x : byte ^ times(at * 7 & 255, x))))
  );
}

const SHARES = lineThrough(Uint8Array.fromHex(LEGACY_VECTORS.kek));

function inputOf(text: string, isTerminal: boolean): LineInput & { readonly said: string[] } {
  const bytes = utf8(text);
  let at = 0;
  const said: string[] = [];
  return {
    said,
    isTerminal: () => isTerminal,
    setRaw: () => {},
    say: (words) => void said.push(words),
    readSync: (target) => {
      if (at >= bytes.byteLength) return null;
      target[0] = bytes[at++] ?? 0;
      return 1;
    },
  };
}

function unsealWith(text: string, isTerminal = false) {
  const said: string[] = [];
  const input = inputOf(text, isTerminal);
  const say = (line: string) => void said.push(line);
  const unseal = () => unsealLegacyByShares(SEAL, { input, say, storage: heapKeyStorage });
  return { said, input, unseal };
}

Deno.test("combineLegacyShares gives the secret of the golden vector for any three shares, and for more", () => {
  const shares = GOLDEN.map(parsed);
  for (const some of [[0, 1, 2], [0, 2, 4], [4, 3, 1], [2, 3, 4], [0, 1, 2, 3, 4]]) {
    const chosen = some.map((at) => shares[at]).filter((share) => share !== undefined);
    assert.deepEqual(combineLegacyShares(chosen), SECRET);
  }
  assert.notDeepEqual(combineLegacyShares(shares.slice(0, 2)), SECRET);
});

Deno.test("parseLegacyShare takes 33 bytes of base64 with a coordinate, and nothing else", () => {
  assert.equal(parsed(` ${GOLDEN[4]}\n`).x, 5);
  const noCoordinate = toBase64(new Uint8Array(33));
  for (const text of ["", "a password", noCoordinate, toBase64(new Uint8Array(32)), `${GOLDEN[0]}AAAA`]) {
    assert.equal(parseLegacyShare(text), undefined, text);
  }
});

Deno.test("unsealLegacyByShares opens the old vault as soon as there are enough, and leaves the lines after them", () => {
  const { said, input, unseal } = unsealWith(`${SHARES[2]}\nnot a share\n${SHARES[2]}\n${SHARES[0]}\nnext\n`);
  const vault = unseal();
  const { encryptedValue, wrappedDek, value } = LEGACY_VECTORS;
  assert.equal(fromUtf8(vault.open(encryptedValue, wrappedDek) ?? new Uint8Array()), value);
  assert.equal(said.length, 3);
  assert.match(said.join("\n"), /1 of the shares.*\n.*not a share.*\nShare 3 was given already/);
  const rest = new Uint8Array(1);
  input.readSync(rest);
  assert.equal(fromUtf8(rest), "n");
});

Deno.test("unsealLegacyByShares asks a terminal and shows nothing of a share", () => {
  const { input, unseal } = unsealWith(`${SHARES[0]}\r${SHARES[1]}\r`, true);
  unseal();
  const said = input.said.join("");
  assert.match(said, /Share 1 of the old vault: .*Share 2 of the old vault: /s);
  assert.ok(!said.includes(SHARES[0]?.slice(4, 20) ?? ""));
});

Deno.test("unsealLegacyByShares ends where the shares end, and says how many there were", () => {
  for (const [lines, count] of [[[SHARES[0]], 1], [[GOLDEN[0], GOLDEN[1], GOLDEN[2]], 3], [[], 0]] as const) {
    const { unseal } = unsealWith(lines.map((line) => `${line}\n`).join(""));
    assert.throws(unseal, { name: "StartupError", message: new RegExp(`^The ${count} shares`) });
  }
});
