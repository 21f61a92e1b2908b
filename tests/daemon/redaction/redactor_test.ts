import assert from "node:assert/strict";
import fc from "fast-check";
import { formsOf } from "../../../daemon/redaction/encodings.ts";
import { buildMatchers } from "../../../daemon/redaction/matcher.ts";
import { buildPatterns, type NamedValue } from "../../../daemon/redaction/patterns.ts";
import { Redactor } from "../../../daemon/redaction/redactor.ts";
import { readSource, sourceFiles } from "../../support/source_files.ts";

const encoder = new TextEncoder();
const latin = new TextDecoder("latin1");
const SECRET = 'sk-"proj"/aB+c&d=<9f3>\\e1é';

const named = (value: string, name = "KEY"): NamedValue => ({ name, value: encoder.encode(value) });

const matchersOf = (...values: readonly NamedValue[]) => buildMatchers(buildPatterns(values).patterns);

/** Runs text through a fresh redactor in the given pieces; the output as one byte per character. */
function redact(values: readonly NamedValue[], pieces: readonly Uint8Array[], hits: string[] = []): string {
  const redactor = new Redactor(matchersOf(...values), (name) => hits.push(name));
  const shown = pieces.map((piece) => latin.decode(redactor.push(piece.slice())));
  return shown.join("") + latin.decode(redactor.end());
}

const redactText = (value: string, text: string) => redact([named(value)], [encoder.encode(text)]);

/** Cuts bytes at every given position. */
function cut(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const sorted = [
    0,
    ...positions.map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index] ?? 0, end));
}

Deno.test("Redactor replaces a value by its name and leaves the rest alone", () => {
  assert.equal(
    redactText("hunter2-hunter2-x", "before hunter2-hunter2-x after\n"),
    "before [redacted:KEY] after\n",
  );
});

Deno.test("Redactor finds every form, wherever the chunks are cut", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.string(),
      fc.string(),
      (pick, cuts, before, after) => {
        const forms = formsOf(encoder.encode(SECRET), SECRET);
        const form = forms[pick % forms.length]?.bytes ?? new Uint8Array();
        const all = new Uint8Array([...encoder.encode(before), ...form, ...encoder.encode(after)]);
        const output = redact([named(SECRET)], cut(all, cuts));
        assert.ok(!output.includes(latin.decode(form)));
        assert.ok(output.includes("[redacted:KEY]"));
      },
    ),
    { numRuns: 3_000 },
  );
});

Deno.test("Redactor finds base64 of a value inside other bytes, in every alignment and alphabet", () => {
  for (const prefix of ["", "u", "us", "use", "user:"]) {
    for (const alphabet of ["base64", "base64url"] as const) {
      const text = encoder.encode(`${prefix}${SECRET}@host`).toBase64({ alphabet });
      assert.match(redactText(SECRET, text), /\[redacted:KEY\]/, `${prefix} in ${alphabet}`);
    }
  }
});

Deno.test("Redactor finds base64 that is wrapped over lines and hex with spaces", () => {
  const value = "a-long-value-of-more-than-one-line-0123456789-abcdefghijkl-ABCDEFGH";
  const wrapped = encoder.encode(value).toBase64().replace(/.{20}/g, "$&\r\n");
  assert.equal(redactText(value, `x ${wrapped}`).includes("[redacted:KEY]"), true);
  const dump = encoder.encode(value).toHex().replace(/(..)/g, "$1 ").replace(/(.{48})/g, "$1\n");
  assert.equal(redactText(value, dump).startsWith("[redacted:KEY]"), true);
});

Deno.test("Redactor finds a value that terminal colours interrupt, and keeps other colours", () => {
  const value = "correct-horse-battery";
  const coloured = [...value].map((char) => `\x1b[3${char.charCodeAt(0) % 8}m${char}`).join("");
  assert.equal(
    redactText(value, `\x1b[1mbold\x1b[0m ${coloured}`),
    "\x1b[1mbold\x1b[0m \x1b[33m[redacted:KEY]",
  );
});

Deno.test("Redactor finds each line of a value of many lines and each string of a JSON value", () => {
  const pem = "-----BEGIN KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ\nq8RkZt3mWqXh0pLs\n-----END KEY-----\n";
  assert.equal(redactText(pem, "got q8RkZt3mWqXh0pLs"), "got [redacted:KEY]");
  assert.equal(redactText(pem, pem.replaceAll("\n", "\r\n")).includes("MC4CAQ"), false);
  const json = '{"user":"app","password":"s3cr3t-pass-word"}';
  assert.equal(redactText(json, "connecting with s3cr3t-pass-word"), "connecting with [redacted:KEY]");
});

Deno.test("Redactor prefers the longest of values that begin alike", () => {
  const values = [named("shared-prefix-1", "SHORT"), named("shared-prefix-1-and-more", "LONG")];
  const hits: string[] = [];
  const output = redact(values, [encoder.encode("shared-prefix-1-and-more shared-prefix-1-and-x")], hits);
  assert.doesNotMatch(output, /shared-prefix/);
  assert.equal(hits.length, 2);
  assert.match(output, /^\[redacted:\w+\] \[redacted:SHORT\]-and-x$/);
});

Deno.test("Redactor hides values of any length without growing with them", () => {
  const long = Array.from({ length: 4_000 }, (_, index) => (index * 7919 % 9973).toString(36)).join("");
  const { patterns } = buildPatterns([named(long)]);
  assert.ok(patterns.every(({ bytes }) => bytes.byteLength <= 4_096));
  const output = redactText(long, `start ${long} end`);
  assert.match(output, /^start (\[redacted:KEY\])+ end$/);
  assert.ok(!redactText(long, btoa(long)).includes(btoa(long).slice(1_000, 1_300)));
});

Deno.test("Redactor lets ordinary output through at once and unchanged", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
      const redactor = new Redactor(matchersOf(named("zq9-zq9x-never-in-it")));
      const output = pieces.map((piece) => latin.decode(redactor.push(piece.slice()))).join("") +
        latin.decode(redactor.end());
      assert.equal(output, pieces.map((piece) => latin.decode(piece)).join(""));
    }),
  );
});

Deno.test("Redactor holds back nothing but the beginning of a value", () => {
  const redactor = new Redactor(matchersOf(named("Zsecret-value-9")));
  const push = (text: string) => latin.decode(redactor.push(encoder.encode(text)));
  assert.equal(push("prompt> "), "prompt> ");
  assert.equal(push("ab Zsec"), "ab ");
  assert.equal(push("ond"), "Zsecond");
  assert.equal(push("Zsecret"), "");
  assert.equal(push("-value-9!"), "[redacted:KEY]!");
  assert.equal(latin.decode(redactor.end()), "");
});

Deno.test("Redactor lets a whole line through at once, whatever it ends with", () => {
  const redactor = new Redactor(matchersOf(named("value-of-the-key")));
  const forms = formsOf(encoder.encode("value-of-the-key"), "value-of-the-key").filter(({ foldsSpace }) =>
    foldsSpace
  );
  for (const { bytes } of forms) {
    for (const length of [1, 2, 3]) {
      const line = `port ${latin.decode(bytes.subarray(0, length))}\n`;
      assert.equal(latin.decode(redactor.push(encoder.encode(line))), line);
    }
  }
});

Deno.test("Redactor finds wrapped forms wherever their lines end", () => {
  const value = "a-long-value-of-more-than-one-line-0123456789-abcdefghijkl-ABCDEFGH";
  for (const text of [encoder.encode(value).toBase64(), encoder.encode(value).toHex()]) {
    for (let first = 1; first < 24; first++) {
      const wrapped = `${text.slice(0, first)}\n${text.slice(first).replace(/.{20}/g, "$&\n")}`;
      const output = redactText(value, wrapped);
      assert.match(output, /\[redacted:KEY\]/, `first line of ${first}`);
      assert.ok(output.replace("[redacted:KEY]", "").length < 12, output);
    }
  }
});

Deno.test("Redactor reads each stream for itself with the same automata", () => {
  const hits: string[] = [];
  const matchers = matchersOf(named("hunter2-hunter2-x"));
  const one = new Redactor(matchers, (name) => hits.push(name));
  const other = new Redactor(matchers, (name) => hits.push(`other ${name}`));
  const push = (redactor: Redactor, text: string) => latin.decode(redactor.push(encoder.encode(text)));
  assert.equal(push(one, "hunter2-"), "");
  assert.equal(push(other, "hunter2-hunter2-x!"), "[redacted:KEY]!");
  assert.equal(push(one, "hunter2-x!"), "[redacted:KEY]!");
  assert.deepEqual(hits, ["other KEY", "KEY"]);
});

Deno.test("Redactor with no values is the identity", () => {
  const redactor = new Redactor(matchersOf());
  assert.equal(latin.decode(redactor.push(encoder.encode("anything"))), "anything");
});

Deno.test("Redactor makes no hit in the project's own source", async () => {
  const values = [named(SECRET), named("AKIAIOSFODNN7EXAMPLE"), named("postgres://u:p4ssw0rd@h/db")];
  const redactor = new Redactor(matchersOf(...values), (name) => assert.fail(`a hit of ${name}`));
  for (const path of await sourceFiles(["server", "daemon", "cli", "shared"])) {
    redactor.push(encoder.encode(await readSource(path)));
  }
});
