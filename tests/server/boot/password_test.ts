import assert from "node:assert/strict";
import { utf8 } from "../../../shared/encoding.ts";
import type { LineInput } from "../../../shared/terminal/hidden_line.ts";
import { type PasswordSources, readPassword } from "../../../server/boot/password.ts";

interface FakeInput extends LineInput {
  readonly said: string[];
  raw: boolean;
  rawWhileReading: boolean;
}

function inputOf(typed: string | Uint8Array, isTerminal: boolean): FakeInput {
  const bytes = typeof typed === "string" ? utf8(typed) : typed;
  let at = 0;
  const input: FakeInput = {
    said: [],
    raw: false,
    rawWhileReading: true,
    isTerminal: () => isTerminal,
    setRaw: (raw) => void (input.raw = raw),
    say: (text) => void input.said.push(text),
    readSync: (target) => {
      input.rawWhileReading &&= input.raw;
      if (at >= bytes.byteLength) return null;
      target[0] = bytes[at++] ?? 0;
      return 1;
    },
  };
  return input;
}

const read = (input: FakeInput, changes: Partial<PasswordSources> = {}) =>
  readPassword({ fromEnvironment: undefined, file: undefined, input, isNew: false, ...changes });

async function withFile(text: string, mode: number, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "cortex-test-" });
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, mode);
  try {
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("readPassword asks a terminal without an echo and puts it back", async () => {
  const input = inputOf("s3cret pass\rrest", true);
  assert.equal(await read(input), "s3cret pass");
  assert.equal(input.rawWhileReading, true);
  assert.equal(input.raw, false);
  assert.ok(!input.said.join("").includes("s3cret"));
});

Deno.test("readPassword asks twice for a new password, and makes nothing of two that differ", async () => {
  assert.equal(await read(inputOf("one\rone\r", true), { isNew: true }), "one");
  await assert.rejects(read(inputOf("one\rtwo\r", true), { isNew: true }), {
    name: "StartupError",
    message: /differ/,
  });
});

Deno.test("readPassword understands backspace over any character, Ctrl-U and Ctrl-C", async () => {
  assert.equal(await read(inputOf("aé€😀\x7f\x7f\x7fb\r", true)), "ab");
  assert.equal(await read(inputOf("\x7f\x08typo\x15good\r", true)), "good");
  const input = inputOf("abc\x03", true);
  await assert.rejects(read(input), { name: "VaultError", message: /interrupted/ });
  assert.equal(input.raw, false);
});

Deno.test("A22: readPassword reads one line of standard input where that is no terminal", async () => {
  assert.equal(await read(inputOf("piped\nnot this", false)), "piped");
  assert.equal((await read(inputOf("piped\r\n", false))).trim(), "piped");
  assert.equal(await read(inputOf("no line end", false)), "no line end");
  const input = inputOf("piped\n", false);
  await read(input, { isNew: true });
  assert.deepEqual(input.said, []);
});

Deno.test("A22: readPassword tells which sources there are when standard input is empty", async () => {
  await assert.rejects(read(inputOf("", false)), {
    name: "StartupError",
    message: /CORTEX_KEK_PASSWORD_FILE/,
  });
});

Deno.test("A22: readPassword reads a file and takes one line end off", () =>
  withFile("from a file\n", 0o600, async (file) => {
    assert.equal(await read(inputOf("", true), { file }), "from a file");
  }));

Deno.test("B26: readPassword refuses a file that others can read or the group can change", async () => {
  for (const mode of [0o604, 0o620, 0o644, 0o660]) {
    await withFile("x", mode, async (file) => {
      await assert.rejects(read(inputOf("", true), { file }), {
        name: "StartupError",
        message: /open to other users/,
      });
    });
  }
  await withFile("x", 0o440, async (file) => assert.equal(await read(inputOf("", true), { file }), "x"));
});

Deno.test("readPassword refuses a file that is missing, a folder, too long or not text", async () => {
  for (const file of ["/nonexistent/password", "/"]) {
    await assert.rejects(read(inputOf("", true), { file }), { name: "StartupError" });
  }
  await withFile("x".repeat(5_000), 0o600, async (file) => {
    await assert.rejects(read(inputOf("", true), { file }), { name: "StartupError", message: /too long/ });
  });
  await assert.rejects(read(inputOf(Uint8Array.of(0xff, 10), false)), {
    name: "VaultError",
    message: /not UTF-8/,
  });
});

Deno.test("readPassword takes the environment before anything else", async () => {
  assert.equal(await read(inputOf("typed\r", true), { fromEnvironment: "env" }), "env");
});
