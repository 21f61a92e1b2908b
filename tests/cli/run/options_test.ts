import assert from "node:assert/strict";
import { parseRunArgs, type RunOptions } from "../../../cli/run/options.ts";

const noEnv = () => undefined;

function options(args: string[], env: Record<string, string> = {}): RunOptions {
  const parsed = parseRunArgs("run", args, (name) => env[name]);
  assert.ok(parsed.kind === "run", JSON.stringify(parsed));
  return parsed.options;
}

function problem(args: string[]): string {
  const parsed = parseRunArgs("run", args, noEnv);
  assert.ok(parsed.kind === "usage", JSON.stringify(parsed));
  return parsed.message;
}

Deno.test("parseRunArgs leaves everything after the program's name to the program", () => {
  const { program, args } = options(["--project", "p", "npm", "test", "--", "--json", "--wait", "-x"]);
  assert.deepEqual([program, args], ["npm", ["test", "--", "--json", "--wait", "-x"]]);
});

Deno.test("parseRunArgs takes a program that looks like an option after --", () => {
  assert.equal(options(["--project=p", "--", "--weird"]).program, "--weird");
});

Deno.test("parseRunArgs reads both spellings of every option", () => {
  const split = options([
    "--project",
    "p",
    "--env-file",
    "e",
    "--sock",
    "s",
    "--url",
    "u",
    "--json",
    "--",
    "x",
  ]);
  const joined = options(["--project=p", "--env-file=e", "--sock=s", "--url=u", "--json", "x"]);
  assert.deepEqual(split, joined);
  assert.deepEqual([split.project, split.envFile, split.socket, split.url, split.json], [
    "p",
    "e",
    "s",
    "u",
    true,
  ]);
});

Deno.test("parseRunArgs takes environment variables where the option is missing", () => {
  const env = { CORTEX_PROJECT: "p", CORTEX_ENV_FILE: "e", CORTEX_DAEMON_SOCK: "s", CORTEX_URL: "u" };
  const { project, envFile, socket, url } = options(["x"], env);
  assert.deepEqual([project, envFile, socket, url], ["p", "e", "s", "u"]);
  assert.equal(options(["--project", "q", "x"], env).project, "q");
});

Deno.test("parseRunArgs waits an hour unless told", () => {
  const wait = (...words: string[]) => options(["--project", "p", ...words, "x"]).wait;
  assert.deepEqual([wait(), wait("--wait"), wait("--wait=90"), wait("--wait", "90")], [
    undefined,
    3600,
    90,
    90,
  ]);
});

Deno.test("parseRunArgs keeps empty arguments and a lone dash", () => {
  assert.deepEqual(options(["--project", "p", "--", "cat", "-", ""]).args, ["-", ""]);
});

Deno.test("parseRunArgs says what is wrong and never quotes a value", () => {
  assert.match(problem([]), /No project/);
  assert.match(problem(["--project", "p"]), /No program/);
  assert.match(problem(["--project", "p", "--", ""]), /No program/);
  assert.match(problem(["--project"]), /needs a value/);
  assert.match(problem(["--project="]), /needs a value/);
  assert.match(problem(["--project", "p", "--project", "q", "x"]), /twice/);
  assert.match(problem(["--wait=soon", "x"]), /whole seconds/);
  assert.doesNotMatch(problem(["--token=SECRET", "x"]), /SECRET/);
});

Deno.test("parseRunArgs gives help before it complains", () => {
  assert.equal(parseRunArgs("run", ["--help"], noEnv).kind, "help");
  assert.equal(parseRunArgs("run", ["-h", "x"], noEnv).kind, "help");
});

Deno.test("parseRunArgs takes --no-redact for a run, and for nothing else", () => {
  assert.equal(options(["--project", "p", "env"]).unredacted, false);
  assert.equal(options(["--project", "p", "--no-redact", "env"]).unredacted, true);
  assert.equal(options(["--project", "p", "env", "--no-redact"]).unredacted, false, "the program's own");
  assert.match(
    problem(["--project", "p", "--no-redact", "--request", "env"]),
    /--no-redact belongs to a run/,
  );
  const ssh = parseRunArgs("ssh", ["--project", "p", "--no-redact", "ssh", "h"], noEnv);
  assert.equal(ssh.kind, "usage");
});
