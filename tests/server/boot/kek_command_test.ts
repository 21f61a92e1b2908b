import assert from "node:assert/strict";
import { passwordFromCommand } from "../../../server/boot/kek_command.ts";
import { libc } from "../../../shared/os/libc.ts";
import { ServerFolder } from "../support/server_process.ts";

/** Opened before any test, because it stays open. */
libc();

const ENVIRONMENT = { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", GREETING: "from the environment" };

const run = (words: readonly string[], testOnlyTimeoutMs = 20_000) =>
  passwordFromCommand({ words, environment: ENVIRONMENT, testOnlyTimeoutMs });
const script = (text: string, timeoutMs?: number) => run(["sh", "-c", text], timeoutMs);

async function refusal(work: Promise<string>): Promise<string> {
  let message = "";
  await assert.rejects(work, (error: Error) => {
    assert.equal(error.name, "StartupError");
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("passwordFromCommand takes what the program prints, less one line end", async () => {
  assert.equal(await run(["printf", "%s\\n", "pass word "]), "pass word ");
  assert.equal(await script("printf 'a b\\r\\n'"), "a b");
  assert.equal(await script("printf 'a\\n\\n'"), "a\n");
});

Deno.test("passwordFromCommand starts no shell: arguments are what they are", async () => {
  assert.equal(await run(["echo", "$(id)", "`id`", "; id", "*"]), "$(id) `id` ; id *");
});

Deno.test("passwordFromCommand gives the program the environment and an empty standard input", async () => {
  assert.equal(await script('cat; printf "$GREETING"'), "from the environment");
});

Deno.test("passwordFromCommand passes complaints on and never the output", async () => {
  const message = await refusal(script("echo s3cret; echo 'no such key' >&2; exit 3"));
  assert.equal(message, "CORTEX_KEK_COMMAND ended with exit code 3; it said: no such key");
  assert.match(await refusal(script("echo s3cret; kill -9 $$")), /exit code 137$/);
});

Deno.test("passwordFromCommand is bounded in size and time", async () => {
  assert.match(await refusal(script("head -c 100000 /dev/zero | tr '\\0' x")), /printed too much/);
  assert.match(await refusal(script("echo s3cret; sleep 60", 100)), /did not end in time and was stopped$/);
});

Deno.test("passwordFromCommand does not wait for a helper that outlives the program and keeps its output open", async () => {
  await using folder = await ServerFolder.make();
  const helper = `setsid sh -c 'echo $$ > ${folder.path}/pid; exec sleep 60' & echo s3cret`;
  const message = await refusal(script(helper, 2_000));
  Deno.kill(Number(await Deno.readTextFile(`${folder.path}/pid`)), "SIGKILL");
  assert.match(message, /did not end in time and was stopped$/);
});

Deno.test("passwordFromCommand runs no program that others may change", async () => {
  await using folder = await ServerFolder.make();
  const program = `${folder.path}/kms`;
  await Deno.writeTextFile(program, "#!/bin/sh\necho s3cret\n");
  for (const [mode, runs] of [[0o755, true], [0o500, true], [0o775, false], [0o757, false]] as const) {
    await Deno.chmod(program, mode);
    if (runs) assert.equal(await run([program]), "s3cret");
    else assert.match(await refusal(run([program])), /others may change; run chmod go-w/);
  }
});

Deno.test("passwordFromCommand refuses what is no password", async () => {
  assert.match(await refusal(script("true")), /printed no password/);
  assert.match(await refusal(script("echo ' '")), /printed no password/);
  assert.match(await refusal(script("printf '\\377'")), /no UTF-8/);
  assert.match(await refusal(run(["no-such-program-of-this-test"])), /cannot be started: .*not found/);
});

Deno.test("CORTEX_KEK_COMMAND: a real server makes and opens its vault without a person", async () => {
  await using folder = await ServerFolder.make();
  const program = `${folder.path}/print password`;
  await Deno.writeTextFile(program, '#!/bin/sh\necho "$1 of the KMS"\n', { mode: 0o700 });
  const CORTEX_KEK_COMMAND = JSON.stringify([program, "the words"]);
  for (let boot = 0; boot < 2; boot++) {
    const { server } = await folder.listen({ CORTEX_KEK_COMMAND, ADMIN_TOKEN: "x".repeat(40) });
    assert.equal(await server.stop("SIGTERM"), 0);
    assert.ok(!server.output().includes("of the KMS"));
  }
  const { server } = await folder.listen({ CORTEX_KEK_PASSWORD: "the words of the KMS" });
  await server.stop("SIGTERM");
  const failing = await folder.run({ CORTEX_KEK_COMMAND: "false" });
  assert.equal(failing.stderr, "cortex-server: CORTEX_KEK_COMMAND ended with exit code 1\n");
});
