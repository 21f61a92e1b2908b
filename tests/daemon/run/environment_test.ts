import assert from "node:assert/strict";
import {
  boundEnvironment,
  buildEnvironment,
  isOurVariable,
  pathOf,
} from "../../../daemon/run/environment.ts";
import { libc } from "../../../shared/os/libc.ts";
import { nativeArena } from "../../../shared/os/native_arena.ts";
import { SecretValue } from "../../../shared/secret_value.ts";

libc(); // Opened outside of a test: it stays open.

/** Every page of the arena, as the process sees it. */
function arenaHolds(text: string): boolean {
  const range = nativeArena().take(1);
  const whole = new Uint8Array(range.bytes.buffer);
  nativeArena().giveBack(range);
  return new TextDecoder("latin1").decode(whole).includes(text);
}

Deno.test("buildEnvironment holds a value until it is disposed of, and not a moment longer", () => {
  const values = new Map([["KEY", SecretValue.fromText("canary-value")]]);
  const environment = buildEnvironment([["PATH", "/bin"]], values);
  assert.equal(arenaHolds("KEY=canary-value"), true);
  environment[Symbol.dispose]();
  assert.equal(arenaHolds("canary-value"), false);
});

Deno.test("isOurVariable knows what is no child's business", () => {
  for (const name of ["CORTEX_URL", "CORTEX_", "ADMIN_TOKEN"]) assert.equal(isOurVariable(name), true, name);
  for (const name of ["PATH", "MY_CORTEX_URL", "ADMIN_TOKENS", "cortex_url"]) {
    assert.equal(isOurVariable(name), false);
  }
});

Deno.test("pathOf is the PATH that the child will see", () => {
  assert.equal(pathOf([["PATH", "/a"]], new Map()), "/a");
  assert.equal(pathOf([["PATH", "/a"]], new Map([["PATH", SecretValue.fromText("/b")]])), "/b");
  assert.equal(pathOf([], new Map()), undefined);
});

Deno.test("boundEnvironment keeps what every program needs and what was approved by name, and nothing that loads code", () => {
  const caller = ["HOME", "LC_ALL", "PATH", "LD_PRELOAD", "OPENAI_BASE_URL", "HTTPS_PROXY", "NODE_ENV"]
    .map((name) => [name, "mine"] as const);
  const bound = { searchPath: "/usr/bin", environment: ["NODE_ENV", "LD_PRELOAD"] };
  assert.deepEqual(boundEnvironment(caller, bound), [
    ["HOME", "mine"],
    ["LC_ALL", "mine"],
    ["NODE_ENV", "mine"],
    ["PATH", "/usr/bin"],
  ]);
});
