/**
 * `cortex run -- X` against `X` itself: exit code and both outputs must be the same, for programs that behave in every way
 * that a wrapper gets wrong.
 */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { PROJECT, withMainJob } from "../support/main_job.ts";
import { denoDir, programCommand } from "../support/programs.ts";
import type { World } from "../support/world.ts";

interface Case {
  readonly title: string;
  readonly command: readonly string[];
  readonly stdin?: Uint8Array<ArrayBuffer> | "closed";
  /** A direct run fails to start: what ours must end with instead. */
  readonly expected?: number;
}

const sh = (script: string, ...args: string[]) => ["sh", "-c", script, "sh", ...args];
const bytes = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 7919) & 255);

const CASES: readonly Case[] = [
  { title: "exit code 0", command: ["true"] },
  { title: "exit code 1", command: ["false"] },
  { title: "exit code 42", command: sh("exit 42") },
  { title: "exit code 255", command: sh("exit 255") },
  { title: "death by SIGTERM", command: sh("kill -TERM $$") },
  { title: "death by SIGKILL", command: sh("kill -KILL $$") },
  { title: "death by SIGSEGV", command: sh("kill -SEGV $$") },
  { title: "death by SIGPIPE", command: sh("kill -PIPE $$") },
  { title: "20 MB on standard output", command: ["head", "-c", "20000000", "/dev/zero"] },
  { title: "5 MB on standard error", command: sh("head -c 5000000 /dev/zero >&2") },
  {
    title: "both outputs at once",
    command: sh("head -c 3000000 /dev/zero & head -c 3000000 /dev/zero >&2; wait"),
  },
  { title: "nothing at all", command: sh(":") },
  { title: "output without a line end", command: ["printf", "no end"] },
  { title: "bytes that are no text", command: sh("printf '\\000\\377\\376\\200'") },
  { title: "standard input copied through", command: ["cat"], stdin: bytes(3_000_000) },
  { title: "standard input counted", command: ["wc", "-c"], stdin: bytes(1_234_567) },
  { title: "empty standard input", command: ["cat"], stdin: new Uint8Array() },
  { title: "closed standard input", command: sh("cat; echo after"), stdin: "closed" },
  { title: "input that is not read", command: sh("exit 3"), stdin: bytes(2_000_000) },
  { title: "input read in part", command: ["head", "-c", "10"], stdin: bytes(2_000_000) },
  { title: "sorting", command: ["sort"], stdin: new TextEncoder().encode("b\nc\na\n") },
  {
    title: "arguments with blanks, quotes, newlines and none",
    command: ["printf", "[%s]", "a b", '"', "x\ny", "", "ü漢"],
  },
  { title: "an argument that looks like our option", command: ["printf", "%s", "--project"] },
  { title: "the working directory", command: ["pwd"] },
  { title: "a child that closes its output early", command: sh("exec >&-; exit 7") },
  { title: "a pipeline", command: sh("seq 1 100000 | tail -n 1") },
  { title: "a script without a shebang line", command: ["./plain_script"] },
  { title: "a script with one", command: ["./shebang_script", "x"] },
  { title: "a missing program", command: ["no-such-program-anywhere"], expected: EXIT.notFound },
  { title: "a missing path", command: ["./no/such/file"], expected: EXIT.notFound },
  { title: "a file that is not executable", command: ["./data_file"], expected: EXIT.notExecutable },
  { title: "a directory as program", command: ["./folder"], expected: EXIT.notExecutable },
];

interface Ending {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

async function runToEnd(command: readonly string[], entry: Case, world: World, cwd: string): Promise<Ending> {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, {
    args,
    cwd,
    env: { ...await world.environment(), DENO_DIR: await denoDir() },
    clearEnv: true,
    stdin: entry.stdin instanceof Uint8Array ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // At the same time: a program that copies its input waits for somebody to read its output.
  const fed = entry.stdin instanceof Uint8Array ? feed(child.stdin, entry.stdin) : Promise.resolve();
  const output = await child.output();
  await fed;
  return output;
}

/** A program may end before it has read everything: that is not the test's failure. */
async function feed(stream: WritableStream<Uint8Array>, input: Uint8Array): Promise<void> {
  await new Response(input.slice()).body?.pipeTo(stream).catch(() => {});
  if (input.byteLength === 0) await stream.close().catch(() => {});
}

async function makeFiles(cwd: string): Promise<void> {
  await Deno.mkdir(`${cwd}/folder`, { recursive: true });
  await Deno.writeTextFile(`${cwd}/plain_script`, "echo from plain script\nexit 5\n", { mode: 0o755 });
  await Deno.writeTextFile(`${cwd}/shebang_script`, '#!/bin/sh\necho "$0 $1"\nexit 6\n', { mode: 0o755 });
  await Deno.writeTextFile(`${cwd}/data_file`, "data", { mode: 0o644 });
}

Deno.test("cortex run is the program itself: exit code and outputs of over thirty programs", async (t) => {
  await withMainJob({ api_key: "value-of-the-key" }, async (world) => {
    const cwd = `${world.folder}/work`;
    await makeFiles(cwd);
    for (const entry of CASES) {
      await t.step(entry.title, async () => {
        const wrapped = await runToEnd(
          [...programCommand("cortex"), "run", "--project", PROJECT, "--", ...entry.command],
          entry,
          world,
          cwd,
        );
        if (entry.expected !== undefined) return assert.equal(wrapped.code, entry.expected);
        // The shell's exec is execvp; Deno.Command would make the path absolute, and knows no plain scripts.
        const isScript = entry.command[0]?.startsWith("./") ?? false;
        const command = isScript ? sh('exec "$@"', ...entry.command) : entry.command;
        const direct = await runToEnd(command, entry, world, cwd);
        assert.equal(wrapped.code, direct.code, new TextDecoder().decode(wrapped.stderr.subarray(0, 500)));
        assert.ok(equal(wrapped.stdout, direct.stdout), "standard output differs");
        assert.ok(equal(wrapped.stderr, direct.stderr), "standard error differs");
      });
    }
  });
});

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

Deno.test("C3: signals reach the child, and its end comes back", async (t) => {
  await withMainJob({ api_key: "value-of-the-key" }, async (world) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT"] as const) {
      await t.step(signal, async () => {
        const script = `trap 'echo caught; exit 9' ${
          signal.slice(3)
        }; echo ready; while :; do sleep 0.05; done`;
        const run = await world.startCortex(["run", "--project", PROJECT, "--", "sh", "-c", script]);
        await run.waitFor(/ready/);
        run.kill(signal);
        assert.equal(await run.ended(), 9, run.output());
        assert.match(run.output(), /caught/);
      });
    }
  });
});

Deno.test("C3: a caller that is killed takes its child with it", async () => {
  await withMainJob({ api_key: "value-of-the-key" }, async (world) => {
    const mark = `${world.folder}/gone`;
    const script = `trap 'echo gone >${mark}; exit' HUP; echo ready; while :; do sleep 0.05; done`;
    const run = await world.startCortex(["run", "--project", PROJECT, "--", "sh", "-c", script]);
    await run.waitFor(/ready/);
    // Watched from before: the mark may be there at once.
    const watcher = Deno.watchFs(world.folder);
    run.kill("SIGKILL");
    await run.ended();
    const isThere = () => Deno.stat(mark).then(() => true, () => false);
    if (!await isThere()) {
      for await (const _ of watcher) if (await isThere()) break;
    } else watcher.close();
  });
});
