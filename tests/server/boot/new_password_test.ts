import assert from "node:assert/strict";
import { readNewPassword } from "../../../server/boot/new_password.ts";
import { utf8 } from "../../../shared/encoding.ts";
import type { LineInput } from "../../../shared/terminal/hidden_line.ts";

function inputOf(typed: string, isTerminal = true): LineInput & { readonly said: string[] } {
  const bytes = utf8(typed);
  let at = 0;
  const said: string[] = [];
  return {
    said,
    isTerminal: () => isTerminal,
    setRaw: () => {},
    say: (text) => void said.push(text),
    readSync: (target) => {
      if (at >= bytes.byteLength) return null;
      target[0] = bytes[at++] ?? 0;
      return 1;
    },
  };
}

Deno.test("readNewPassword asks a terminal until the same was typed twice, and shows nothing of it", async () => {
  const input = inputOf("first try\rtypo\rbetter one\rbetter one\r");
  assert.equal(await readNewPassword({ file: undefined, input }), "better one");
  assert.match(input.said.join(""), /The two differ/);
  assert.ok(!/first try|better one/.test(input.said.join("")));
});

Deno.test("readNewPassword leaves it for later where nothing is typed, and where there is no terminal", async () => {
  assert.equal(await readNewPassword({ file: undefined, input: inputOf("\r") }), undefined);
  assert.equal(await readNewPassword({ file: undefined, input: inputOf("words\n", false) }), undefined);
});

Deno.test("A22: readNewPassword takes a file that nobody else can read, in place of a terminal", async () => {
  const file = await Deno.makeTempFile({ prefix: "cortex-test-" });
  try {
    await Deno.writeTextFile(file, "the new one\n");
    const input = inputOf("not asked\r");
    assert.equal(await readNewPassword({ file, input }), "the new one");
    await Deno.chmod(file, 0o644);
    await assert.rejects(readNewPassword({ file, input }), {
      message: /^CORTEX_RECOVERY_NEW_PASSWORD_FILE is open to other users/,
    });
  } finally {
    await Deno.remove(file);
  }
});
