/** Output in which nothing is secret: whatever the redactor touches in it is a false hit. */

import { buildMatchers } from "../../../daemon/redaction/matcher.ts";
import { buildPatterns } from "../../../daemon/redaction/patterns.ts";
import { Redactor } from "../../../daemon/redaction/redactor.ts";
import { denoDir } from "../../support/programs.ts";
import { ROOT } from "../../support/source_files.ts";
import { fromFileUrl } from "../../support/paths.ts";
import { makeValues } from "./cases.ts";
import { Random } from "./random.ts";

export interface OrdinaryResult {
  readonly files: number;
  readonly bytes: number;
  /** Where a value was seen that is not there, or where the output was changed. */
  readonly falseHits: readonly string[];
}

interface Sample {
  readonly where: string;
  readonly bytes: Uint8Array;
}

const VALUES = 50;
const CHUNK = 64 * 1024;
const encoder = new TextEncoder();

/** Passes about `most` bytes of each kind of output by a redactor that looks for fifty values. */
export async function passOrdinaryOutput(most: number, seed: number): Promise<OrdinaryResult> {
  const random = new Random(seed);
  const matchers = buildMatchers(buildPatterns(makeValues(random, VALUES)).patterns);
  const falseHits: string[] = [];
  let [files, bytes] = [0, 0];
  for await (const sample of samples(most, random)) {
    const hits = new Set<string>();
    const redactor = new Redactor(matchers, (name) => hits.add(name));
    const unchanged = passes(redactor, sample.bytes);
    if (hits.size > 0 || !unchanged) falseHits.push(`${sample.where}: ${[...hits].join(", ") || "changed"}`);
    files++;
    bytes += sample.bytes.length;
  }
  return { files, bytes, falseHits };
}

function passes(redactor: Redactor, bytes: Uint8Array): boolean {
  const shown: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    shown.push(redactor.push(bytes.subarray(at, at + CHUNK)).slice());
  }
  shown.push(redactor.end().slice());
  let at = 0;
  for (const part of shown) {
    for (const byte of part) if (byte !== bytes[at++]) return false;
  }
  return at === bytes.length;
}

async function* samples(most: number, random: Random): AsyncGenerator<Sample> {
  const top = fromFileUrl(ROOT);
  for (const folder of ["server", "daemon", "cli", "shared", "docs"]) {
    yield* filesBelow(`${top}${folder}`, { left: most });
  }
  yield* filesBelow(`${await denoDir()}/npm`, { left: most });
  yield* filesBelow("/usr/bin", { left: most });
  yield* filesBelow("/var/log", { left: most });
  yield* madeUp(most, random);
}

/** As much of the files below a folder as is wanted; what cannot be read is not output either. */
async function* filesBelow(folder: string, wanted: { left: number }): AsyncGenerator<Sample> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  for (const { name, isDirectory, isFile } of entries) {
    const where = `${folder}/${name}`;
    if (wanted.left <= 0) return;
    if (isDirectory) yield* filesBelow(where, wanted);
    if (!isFile) continue;
    const bytes = await Deno.readFile(where).catch(() => new Uint8Array());
    wanted.left -= bytes.length;
    yield { where, bytes };
  }
}

/** What tools print of other data: dumps, encodings, JSON, the log of a build, colours. */
function* madeUp(most: number, random: Random): Generator<Sample> {
  const kinds: Readonly<Record<string, () => string>> = {
    "base64 lines": () => `${random.bytes(57).toBase64()}\n`,
    "base64url": () => `${random.bytes(32).toBase64({ alphabet: "base64url" })} `,
    "hex dump": () =>
      `${Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join(" ")}\n`,
    "digests": () => `${random.bytes(32).toHex()}  file-${random.below(1e9)}\n`,
    "escapes": () =>
      JSON.stringify({
        text: random.text('"\\/<>&%\n\té', 40),
        url: encodeURIComponent(random.text(' &%"/é', 20)),
      }),
    "colours": () => `\x1b[3${random.below(8)}m${random.text("abcdefgh ", 12)}\x1b[0m\r\n`,
    "a build": () =>
      `[${random.below(100)}%] Compiling module_${random.below(1e6)} v${random.below(9)}.${
        random.below(99)
      } (${random.below(9e6)} bytes)\n`,
  };
  for (const [where, print] of Object.entries(kinds)) {
    const parts: string[] = [];
    for (let length = 0; length < most / 8; length += parts.at(-1)?.length ?? 0) parts.push(print());
    yield { where, bytes: encoder.encode(parts.join("")) };
  }
}
