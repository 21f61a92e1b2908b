/** One case of the hunt: what is printed of which value, in what form, cut where, and on which stream. */

import { type Encoder, ENCODERS } from "./encoders.ts";
import type { Random } from "./random.ts";
import { type HuntedValue, KINDS, makeValue } from "./values.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Where the pieces of a case go; `both` is one half on each. */
export type Route = "stdout" | "stderr" | "both";

export interface HuntCase {
  readonly value: HuntedValue;
  readonly part: Bytes;
  readonly encoder: Encoder;
  readonly layer: string;
  readonly route: Route;
  readonly pieces: readonly Bytes[];
}

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Terminal colours between the characters; what the output is made of otherwise stays. */
const LAYERS: Readonly<Record<string, (printed: Bytes, random: Random) => Bytes>> = {
  none: (printed) => printed,
  "colour at each byte": (printed, random) => coloured(printed, random, () => true),
  "colour here and there": (printed, random) => coloured(printed, random, () => random.chance(0.05)),
  "one colour": (printed, random) => {
    const at = random.below(printed.length + 1);
    return coloured(printed, random, (index) => index === at);
  },
};

/** As programs write them: by hand, `grep`, ncurses outside of tmux and inside, links. */
const COLOURS = [
  "\x1b[0m",
  "\x1b[31m",
  "\x1b[1;38;5;196m",
  "\x1b[01;31m\x1b[K",
  "\x1b(B\x1b[m",
  "\x1b[m\x0f",
  "\x1b[?25h",
  "\x1b]8;;https://example.com/a?b=1\x1b\\",
  "\x1b]8;;\x07",
];

function coloured(printed: Bytes, random: Random, here: (at: number) => boolean): Bytes {
  const out: number[] = [];
  printed.forEach((byte, at) => {
    if (here(at)) {
      out.push(
        ...encoder.encode(random.pick(COLOURS)),
      );
    }
    out.push(byte);
  });
  return new Uint8Array(out);
}

/** What stands around: ordinary words that no encoding can be confused with. */
const BEFORE = ["", "key=", "Authorization: Bearer ", '{"token":"', "export K='", "> ", "\r\n", "100% & \\ "];
const AFTER = ["", "\n", '"}', "' && done", " \x1b[0m", "\r\n$ ", "&x=%", "\\"];

/** So many values that a run has. */
export function makeValues(random: Random, count: number): HuntedValue[] {
  return Array.from({ length: count }, (_, at) => makeValue(random.pick(KINDS), `SECRET_${at}`, random));
}

/** A case about one of `values`. */
export function makeCase(values: readonly HuntedValue[], random: Random): HuntCase {
  const value = random.pick(values);
  const part = random.pick(value.parts);
  const form = random.pick(encodersFor(part));
  const layer = random.chance(0.7) ? "none" : random.pick(Object.keys(LAYERS));
  const encoded = LAYERS[layer]?.(form.encode(part, random), random) ?? new Uint8Array();
  const [before, after] = [encoder.encode(random.pick(BEFORE)), encoder.encode(random.pick(AFTER))];
  const route = random.pick(["stdout", "stderr", "both"] as const);
  const pieces = route === "both"
    ? halves(before, encoded, after, random)
    : cut(new Uint8Array([...before, ...encoded, ...after]), random);
  return { value, part, encoder: form, layer, route, pieces };
}

function encodersFor(part: Bytes): readonly Encoder[] {
  try {
    strict.decode(part);
    return ENCODERS;
  } catch {
    return ENCODERS.filter(({ ofText }) => ofText === undefined);
  }
}

/** Whole, in a few pieces, in many, byte by byte. */
function cut(bytes: Bytes, random: Random): Bytes[] {
  const count = random.pick([1, 2, 2, 3, 8, 40, bytes.length]);
  if (count === bytes.length) return Array.from(bytes, (_, at) => bytes.slice(at, at + 1));
  const ends = Array.from({ length: count - 1 }, () => random.below(bytes.length + 1));
  const places = [0, ...ends.toSorted((left, right) => left - right), bytes.length];
  return places.slice(1).map((end, at) => bytes.slice(places[at], end));
}

function halves(before: Bytes, encoded: Bytes, after: Bytes, random: Random): Bytes[] {
  const middle = random.below(encoded.length + 1);
  return [
    new Uint8Array([...before, ...encoded.subarray(0, middle)]),
    new Uint8Array([...encoded.subarray(middle), ...after]),
  ];
}

/** For people: everything that makes the case, and nothing that would be a secret elsewhere. */
export function describeCase({ value, part, encoder: { name }, layer, route, pieces }: HuntCase): string {
  const shown = JSON.stringify(new TextDecoder("latin1").decode(part.subarray(0, 80)));
  const sizes = pieces.slice(0, 12).map(({ length }) => length).join(",");
  return `${value.kind} ${shown} (${part.length} bytes) as ${name}, ${layer}, ${route}, pieces of ${sizes}`;
}
