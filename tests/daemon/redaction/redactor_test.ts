import assert from "node:assert/strict";
import fc from "fast-check";
import { formsOf } from "../../../daemon/redaction/encodings.ts";
import { buildMatchers } from "../../../daemon/redaction/matcher.ts";
import { buildPatterns, type NamedValue } from "../../../daemon/redaction/patterns.ts";
import { RedactedOutput } from "../../../daemon/run/redacted_output.ts";
import { type OutputStream, STDERR, STDOUT } from "../../../shared/socket/frames.ts";
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

Deno.test("Redactor finds a value in the colours of ncurses, inside tmux as well, in links, and behind the cursor's modes", () => {
  const value = "correct-horse-battery";
  const link = "\x1b]8;;https://example.com/a;b\x1b\\";
  for (const unseen of ["\x1b(B\x1b[m", "\x1b[m\x0f", "\x0e", "\x1b[?25l", link, "\x1b]8;;\x07"]) {
    for (const printed of [[...value].join(unseen), `correct-${unseen}horse-battery`]) {
      assert.equal(redactText(value, `a ${printed} b`), "a [redacted:KEY] b", JSON.stringify(unseen));
      const pieces = cut(encoder.encode(printed), Array.from(printed, (_, at) => at));
      assert.ok(!redact([named(value)], pieces).includes("horse"), JSON.stringify(unseen));
    }
    assert.equal(redactText(value, `x${unseen}y`), `x${unseen}y`);
  }
  // What is in a link is seen by whoever follows it.
  assert.equal(redactText(value, `\x1b]8;;https://x/${value}\x07y`), "\x1b]8;;https://x/[redacted:KEY]\x07y");
});

Deno.test("Redactor finds each line of a value of many lines and each string of a JSON value", () => {
  const pem = "-----BEGIN KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ\nq8RkZt3mWqXh0pLs\n-----END KEY-----\n";
  assert.equal(redactText(pem, "got q8RkZt3mWqXh0pLs"), "got [redacted:KEY]");
  assert.equal(redactText(pem, pem.replaceAll("\n", "\r\n")).includes("MC4CAQ"), false);
  // A terminal adds a return to each line end, to those that have one as well.
  const short = '{\n  "pin": [\n    "q7-Zx"\n  ]\n}';
  assert.equal(redactText(short, short.replaceAll("\n", "\r\r\n")), "[redacted:KEY]");
  assert.equal(
    redactText(short.replaceAll("\n", "\r\n"), short.replaceAll("\n", "\r\r\n")),
    "[redacted:KEY]",
  );
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

Deno.test("Redactor finds a value whichever of its characters are escaped, and in whatever case", () => {
  const value = "p&ss/w=rd é";
  for (
    const printed of [
      "p&ss/w=rd%20%c3%A9",
      "%70&ss%2fw%3Drd é",
      "p&ss/w=rd+%C3%A9",
      "p\\u0026ss\\/w\\u003Drd \\u00e9",
      "p\\x26ss/w=rd \\xc3\\xa9",
      "p&ss/w=rd \\303\\251",
      "p&amp;ss&sol;w=rd &eacute;",
      "p&#38;ss/w&#X3D;rd &#xe9;",
    ]
  ) {
    assert.equal(redactText(value, `<${printed}>`), "<[redacted:KEY]>", printed);
  }
});

Deno.test("Redactor undoes one kind of escapes at a time: a value that looks like another kind is found", () => {
  assert.equal(redactText("a%41b&amp;c\\n9", "a%2541b&amp;c%5Cn9"), "[redacted:KEY]");
  assert.equal(redactText("a%41b&amp;c\\n9", "a%41b&amp;c\\\\n9"), "[redacted:KEY]");
  assert.equal(redactText("a%41b&amp;c\\n9", "a%41b&amp;amp;c\\n9"), "[redacted:KEY]");
});

Deno.test("Redactor finds base64 in a URL, wrapped base64 in JSON, and JSON in JSON", () => {
  const value = '{"a":"1?>~é-value-of-some-length-that-needs-more-than-one-line-of-base64"}';
  const text = encoder.encode(value).toBase64();
  assert.equal(redactText(value, encodeURIComponent(text.replace(/=*$/, ""))), "[redacted:KEY]");
  assert.equal(redactText(value, text.replace(/.{64}/g, "$&\\n").replace(/=*$/, "")), "[redacted:KEY]");
  const twice = JSON.stringify(JSON.stringify(value));
  assert.equal(redactText(value, twice), '"\\"[redacted:KEY]\\""');
});

Deno.test("Redactor finds a value that holds escape characters, raw and behind a sequence that never ends", () => {
  const value = "\x1b[31mq7\x1b(B8-value";
  assert.equal(redactText(value, `x${value}`), "x[redacted:KEY]");
  assert.equal(redactText("qZ7xK-value", "\x1b[3qZ7xK-value"), "\x1b[3[redacted:KEY]");
});

Deno.test("Redactor finds the lines of a key inside a JSON document, and the password inside a URL", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ\n-----END PRIVATE KEY-----\n";
  const account = JSON.stringify({ type: "service_account", private_key: key });
  assert.equal(redactText(account, "got MC4CAQAwBQYDK2VwBCIEIJ"), "got [redacted:KEY]");
  assert.equal(
    redactText("postgres://app:p4ss%2Fw0rd@db/app", "p4ss%2Fw0rd p4ss/w0rd"),
    "[redacted:KEY] [redacted:KEY]",
  );
});

Deno.test("Redactor finds what lets somebody in inside a connection string, and no user's name", () => {
  const strings = {
    "jdbc:postgresql://db/app?user=app&password=k3y-Q9z7-mW": "k3y-Q9z7-mW",
    "host=db user=app password='k3y-Q9z7-mW' dbname=app": "k3y-Q9z7-mW",
    "Server=db;User Id=app;Password=k3y-Q9z7-mW;": "k3y-Q9z7-mW",
    "https://api.example.com/hook?token=k3y-Q9z7-mW": "k3y-Q9z7-mW",
    "https://ghp_q8Xw2Lr5Tz7Vb1Nm@git.example.com/a.git": "ghp_q8Xw2Lr5Tz7Vb1Nm",
  };
  for (const [value, credential] of Object.entries(strings)) {
    assert.equal(redactText(value, `got ${credential}.`), "got [redacted:KEY].", value);
  }
  assert.equal(redactText("https://administrator@host/x", "administrator"), "administrator");
});

Deno.test("Redactor finds a value whose quotes SQL or CSV doubles", () => {
  assert.equal(redactText("it's a k3y of 9", "'it''s a k3y of 9'"), "'[redacted:KEY]'");
  assert.equal(redactText('say "k3y" of 9', '"say ""k3y"" of 9"'), '"[redacted:KEY]"');
});

Deno.test("Redactor leaves alone what is the same in every key file", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ\n-----END PRIVATE KEY-----\n";
  const ordinary = 'expected "-----BEGIN PRIVATE KEY-----" of a service_account';
  assert.equal(redactText(key, ordinary), ordinary);
});

Deno.test("Redactor cuts long texts between characters", () => {
  const value = "密码鍵🔑é".repeat(60) + "q7";
  assert.match(
    redactText(
      value,
      JSON.stringify(value).replace(
        /[^ -~]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
    ),
    /^"(\[redacted:KEY\])+"$/,
  );
});

Deno.test("Redactor shows what two characters begin, and the cursor's movements, at once", () => {
  const redactor = new Redactor(matchersOf(named("value-of-the-key")));
  const push = (text: string) => latin.decode(redactor.push(encoder.encode(text)));
  assert.equal(push("45%"), "45%");
  assert.equal(push("\r> va"), "\r> va");
  assert.equal(push("l"), "");
  assert.equal(push("id\n"), "lid\n");
  assert.equal(push("v\x1b[10;5H"), "v\x1b[10;5H");
  assert.equal(push("v"), "v");
  assert.equal(push("alue-of-the-key\n"), "[redacted:KEY]\n");
});

Deno.test("Redactor gives up on what colours or empty lines stretch without end", () => {
  const redactor = new Redactor(matchersOf(named("value-of-the-key")));
  let shown = redactor.push(encoder.encode("value")).length;
  for (let round = 0; round < 100; round++) {
    shown += redactor.push(encoder.encode("\x1b[31m".repeat(1_000))).length;
  }
  assert.ok(shown > 100_000);
});

Deno.test("Seam: a value half on one output and half on the other is found on both", () => {
  const shown = { [STDOUT]: "", [STDERR]: "" };
  const send = (stream: OutputStream, bytes: Uint8Array) => {
    shown[stream] += latin.decode(bytes);
    return Promise.resolve();
  };
  const output = new RedactedOutput(matchersOf(named("value-of-the-key")), send, () => {});
  const steps: [OutputStream, string][] = [[STDOUT, "out value-"], [STDERR, "of-"], [STDOUT, "the-"], [
    STDERR,
    "key err",
  ], [STDOUT, " end"]];
  for (const [stream, text] of steps) void output.write(stream, encoder.encode(text));
  assert.deepEqual(shown, { [STDOUT]: "out [redacted:KEY] end", [STDERR]: "[redacted:KEY] err" });
});

Deno.test("Redactor makes no hit in the project's own source", async () => {
  const values = [named(SECRET), named("AKIAIOSFODNN7EXAMPLE"), named("postgres://u:p4ssw0rd@h/db")];
  const redactor = new Redactor(matchersOf(...values), (name) => assert.fail(`a hit of ${name}`));
  for (const path of await sourceFiles(["server", "daemon", "cli", "shared"])) {
    redactor.push(encoder.encode(await readSource(path)));
  }
});
