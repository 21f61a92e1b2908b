import assert from "node:assert/strict";
import { collectShares, type ShareSources } from "../../../server/recovery/collect_shares.ts";
import { ShareCollector } from "../../../server/recovery/share_collector.ts";
import { keyTagOf, splitKey } from "../../../server/recovery/split.ts";
import { utf8 } from "../../../shared/encoding.ts";
import type { LineInput } from "../../../shared/terminal/hidden_line.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at ^ 77);
const SALT = new Uint8Array(16).fill(9);
const TAG = keyTagOf(SALT, 1);
const TEXTS = await splitKey(KEY, {
  setId: Uint8Array.of(5, 5, 5, 5, 5),
  keyTag: TAG,
  kekVersion: 1,
  threshold: 3,
  total: 5,
});
const [ONE = "", TWO = "", THREE = "", FOUR = ""] = TEXTS;
const MISTYPED = TWO.slice(0, -1) + (TWO.endsWith("7") ? "8" : "7");

interface Scene extends ShareSources {
  readonly collector: ShareCollector;
  readonly notes: string[];
  readonly said: string[];
  readonly raw: boolean[];
}

function scene(typed: string, options: { terminal?: boolean; directory?: string } = {}): Scene {
  const bytes = utf8(typed);
  let at = 0;
  const [notes, said, raw]: [string[], string[], boolean[]] = [[], [], []];
  const input: LineInput = {
    isTerminal: () => options.terminal === true,
    setRaw: (on) => void raw.push(on),
    say: (text) => void said.push(text),
    readSync: (target) => {
      if (at >= bytes.byteLength) return null;
      target[0] = bytes[at++] ?? 0;
      return 1;
    },
  };
  const collector = new ShareCollector({
    seals: [{ salt: SALT, sentinel: new Uint8Array(), kek_version: 1 }],
    sets: new Map(),
  });
  const note = (line: string) => void notes.push(line);
  return { collector, notes, said, raw, input, directory: options.directory, note };
}

async function withFiles(
  files: Readonly<Record<string, string>>,
  test: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "cortex-test-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${directory}/${name}`, text, { mode: 0o600 });
    }
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function assertOpens(s: Scene): Promise<void> {
  await collectShares(s.collector, s);
  assert.deepEqual((await s.collector.combine()).key, KEY);
}

Deno.test("collectShares asks a terminal for each share without showing it", async () => {
  const s = scene(`${ONE}\r${FOUR.toLowerCase()}\r${THREE}\rrest`, { terminal: true });
  await assertOpens(s);
  assert.deepEqual(s.raw, [true, false]);
  const said = s.said.join("");
  assert.match(said, /Recovery share 1: .*Recovery share 2: .*2 of 3 shares.*Recovery share 3: /s);
  for (const text of TEXTS) assert.ok(!said.includes(text.slice(-20)));
});

Deno.test("collectShares says what is wrong with a share and asks again for that one only", async () => {
  const s = scene(`${ONE}\r${MISTYPED}\r${ONE}\rnot a share\r${TWO}\r${THREE}\r`, { terminal: true });
  await assertOpens(s);
  assert.match(s.said.join(""), /mistyped: look at group 22 of 22.*given already.*not a recovery share/s);
  assert.equal(s.said.filter((text) => text === "Recovery share 2: ").length, 4);
});

Deno.test("collectShares ends at an empty line, says how many are missing and forgets what was given", async () => {
  const s = scene(`${ONE}\r${TWO}\r\r`, { terminal: true });
  await assert.rejects(collectShares(s.collector, s), { name: "StartupError", message: /2 of 3 shares/ });
  assert.equal(s.collector.progress, undefined);
  assert.deepEqual(s.raw, [true, false]);
});

Deno.test("collectShares does not ask for ever", async () => {
  const s = scene("guess\r".repeat(50), { terminal: true });
  await assert.rejects(collectShares(s.collector, s), { message: /Too many shares were refused: no share/ });
});

Deno.test("A22: collectShares reads lines of a standard input that is no terminal", async () => {
  const s = scene(`# kept by Ada\n${ONE}\n\n${MISTYPED}\n${THREE}\r\n${FOUR}`);
  await assertOpens(s);
  assert.deepEqual(s.raw, []);
  assert.equal(s.notes.length, 4);
  assert.match(s.notes.join("\n"), /1 of 3 .*\n.*mistyped.*\n2 of 3 .*\n3 of 3 /);
});

Deno.test("collectShares ends with standard input and says how many are missing", async () => {
  const s = scene(`${ONE}\n${TWO}\n${TWO}\n`);
  await assert.rejects(collectShares(s.collector, s), {
    message: /Standard input ended: 2 of 3 shares of set .* were given/,
  });
  const empty = scene("");
  await assert.rejects(collectShares(empty.collector, empty), {
    message: /no share of this vault was given/,
  });
});

Deno.test("A22: collectShares reads a folder, by name, and no more files than it needs", async () => {
  const files = {
    "a.txt": `# share 1\n${ONE}\n`,
    b: MISTYPED,
    c: THREE,
    d: TWO,
    e: "unread",
    ".hidden": "x",
  };
  await withFiles(files, async (directory) => {
    const s = scene("", { directory, terminal: true });
    await assertOpens(s);
    assert.deepEqual(s.notes.map((line) => line.split(":")[0]), ['"a.txt"', '"b"', '"c"', '"d"']);
  });
});

Deno.test("collectShares says how many are missing in a folder", async () => {
  await withFiles({ a: ONE, b: ONE }, async (directory) => {
    const s = scene("", { directory });
    await assert.rejects(collectShares(s.collector, s), { message: /no more files: 1 of 3 shares/ });
  });
  const gone = scene("", { directory: "/nonexistent/shares" });
  await assert.rejects(collectShares(gone.collector, gone), { message: /it does not exist/ });
});

Deno.test("collectShares refuses a share that others can read", async () => {
  await withFiles({ a: ONE }, async (directory) => {
    await Deno.chmod(`${directory}/a`, 0o644);
    const s = scene("", { directory });
    await assert.rejects(collectShares(s.collector, s), { message: /open to other users/ });
  });
});

Deno.test("collectShares takes neither a huge file nor one of bytes for a share", async () => {
  await withFiles({ a: `${ONE}${" ".repeat(5_000)}`, c: ONE }, async (directory) => {
    await Deno.writeFile(`${directory}/b`, Uint8Array.of(255, 254, 0), { mode: 0o600 });
    const s = scene("", { directory });
    await assert.rejects(collectShares(s.collector, s), { message: /1 of 3 shares/ });
    assert.match(s.notes.join(), /"a": This is not a recovery share.*"b": This is not a recovery share/s);
  });
});

Deno.test("collectShares ends where two shares contradict each other", async () => {
  const [forged = ""] = await splitKey(new Uint8Array(32), {
    setId: Uint8Array.of(5, 5, 5, 5, 5),
    keyTag: TAG,
    kekVersion: 1,
    threshold: 3,
    total: 5,
  });
  const s = scene(`${ONE}\n${forged}\n${TWO}\n${THREE}\n`);
  await assert.rejects(collectShares(s.collector, s), { name: "StartupError", message: /not genuine/ });
  assert.equal(s.collector.progress, undefined);
});
