import assert from "node:assert/strict";
import { Terminal } from "../../cli/terminal.ts";

function terminal(errIsTerminal: boolean, env: Record<string, string> = {}) {
  const said = { out: "", err: "" };
  const streams = {
    out: (text: string) => said.out += text,
    err: (text: string) => said.err += text,
    errIsTerminal,
  };
  return { said, terminal: new Terminal(streams, (name) => env[name]) };
}

Deno.test("Terminal puts data on standard output and everything else on standard error", () => {
  const { said, terminal: own } = terminal(false);
  own.data("data");
  own.json({ a: 1 });
  own.note("note");
  own.warn("careful");
  assert.deepEqual(said, { out: 'data\n{"a":1}\n', err: "note\ncortex: warning: careful\n" });
});

Deno.test("Terminal paints only on a terminal, and not with NO_COLOR or a dumb one", () => {
  assert.equal(terminal(true).terminal.paint("red", "x"), "\x1b[31mx\x1b[0m");
  assert.equal(terminal(true, { NO_COLOR: "1" }).terminal.paint("red", "x"), "x");
  assert.equal(terminal(true, { TERM: "dumb" }).terminal.paint("red", "x"), "x");
  assert.equal(terminal(false).terminal.paint("red", "x"), "x");
});

Deno.test("Terminal shows progress only to a person, and takes it away before it says something", () => {
  const watched = terminal(true, { NO_COLOR: "1" });
  watched.terminal.progress("wait");
  watched.terminal.note("done");
  assert.deepEqual(watched.said.err.split("\r\x1b[K").map((part) => part.slice(-5)), ["", " wait", "done\n"]);
  const piped = terminal(false);
  piped.terminal.progress("wait");
  piped.terminal.endProgress();
  assert.equal(piped.said.err, "");
});
