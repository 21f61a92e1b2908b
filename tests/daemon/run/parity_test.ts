/** `exec` against the program itself: exit code, signal and both outputs of programs that wrappers get wrong. */

import assert from "node:assert/strict";
import { Stage } from "../support/stage.ts";

interface Case {
  readonly title: string;
  readonly command: readonly string[];
  readonly input?: Uint8Array<ArrayBuffer>;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const sh = (script: string, ...args: string[]) => ["sh", "-c", script, "sh", ...args];
const bytes = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 7919) & 255);
const utf8 = (value: string) => new TextEncoder().encode(value);

const CASES: readonly Case[] = [
  ...[0, 1, 42, 255].map((code) => ({ title: `exit code ${code}`, command: sh(`exit ${code}`) })),
  ...["HUP", "INT", "QUIT", "ILL", "ABRT", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM"]
    .map((name) => ({ title: `death by SIG${name}`, command: sh(`ulimit -c 0; kill -${name} $$`) })),
  {
    title: "10 MiB on both outputs at once",
    command: sh("head -c 10485760 /dev/zero & head -c 10485760 /dev/zero | tr '\\0' x >&2; wait"),
  },
  { title: "no output at all", command: sh(":") },
  { title: "output without a line end", command: ["printf", "no end"] },
  { title: "every byte there is", command: ["cat"], input: bytes(256) },
  { title: "empty input", command: ["cat"], input: new Uint8Array() },
  { title: "a large input there and back", command: ["cat"], input: bytes(5_000_000) },
  { title: "a large input, counted", command: ["wc", "-c"], input: bytes(1_234_567) },
  { title: "an input that nobody reads", command: sh("exit 3"), input: bytes(2_000_000) },
  { title: "an input read in part", command: ["head", "-c", "10"], input: bytes(2_000_000) },
  {
    title: "an input closed by the child",
    command: sh("exec <&-; echo on; exit 4"),
    input: bytes(2_000_000),
  },
  {
    title: "arguments with blanks, quotes, newlines, unicode and nothing",
    command: ["printf", "[%s]", "a b", "'\"", "x\ny", "", "ü漢🎉", "$HOME", "*", "-n", "--"],
  },
  { title: "the working directory", command: ["pwd"], cwd: "/usr/bin" },
  {
    title: "the environment, exactly",
    command: ["env"],
    env: { ZED: "1", A: "two words", EMPTY: "", LINES: "x\ny", UNI: "ü漢", "odd.name": "kept", EQ: "a=b=c" },
  },
  { title: "output closed early", command: sh("echo first; exec >&-; echo hidden >&2; exit 7") },
  { title: "both outputs closed early", command: sh("exec >&- 2>&-; exit 8") },
  { title: "a pipeline", command: sh("seq 1 100000 | tail -n 1") },
  { title: "children that are waited for", command: sh("(sleep 0.05; echo late) & wait; echo end") },
  {
    title: "stop and continue",
    command: sh("(sleep 0.1; kill -CONT $$) & kill -STOP $$; wait; echo on"),
  },
  { title: "a script without an interpreter line", command: ["./plain", "x"] },
  { title: "a script with one", command: ["./shebang", "x"] },
  { title: "a program of the caller's PATH", command: ["mine"], env: { PATH: "./bin:/usr/bin:/bin" } },
  { title: "signals at their defaults", command: sh("trap; grep -c SigIgn /proc/self/status") },
  { title: "the umask", command: sh("umask") },
  { title: "the mode of the outputs", command: sh("test -t 0; echo $?; test -p /dev/stdout; echo $?") },
];

interface Ending {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

async function runDirectly(entry: Case, folder: string): Promise<Ending> {
  // The shell's exec is execvp, where Deno.Command would make the path absolute and search with rules of its own; but a
  // shell adds to the environment.
  const direct = entry.command[0] === "env";
  const child = new Deno.Command(direct ? "/usr/bin/env" : "/bin/sh", {
    args: direct ? [] : ["-c", 'exec "$@"', "sh", ...entry.command],
    cwd: entry.cwd ?? folder,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", ...entry.env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const fed = feed(child.stdin, entry.input ?? new Uint8Array());
  const { code, stdout, stderr } = await child.output();
  await fed;
  return { code, stdout, stderr };
}

async function feed(stream: WritableStream<Uint8Array>, input: Uint8Array): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(input).catch(() => {});
  await writer.close().catch(() => {});
}

function sorted(output: Uint8Array): Uint8Array {
  return utf8(new TextDecoder().decode(output).split("\n").sort().join("\n"));
}

Deno.test("exec is the program itself: exit codes, signals and outputs of over forty programs", async (t) => {
  await using stage = new Stage();
  Deno.mkdirSync(`${stage.folder}/bin`);
  Deno.writeTextFileSync(`${stage.folder}/plain`, 'echo "plain $1"\nexit 5\n', { mode: 0o755 });
  Deno.writeTextFileSync(`${stage.folder}/shebang`, '#!/bin/sh\necho "$0 $1"\nexit 6\n', { mode: 0o755 });
  Deno.writeTextFileSync(`${stage.folder}/bin/mine`, "#!/bin/sh\necho mine\n", { mode: 0o755 });
  for (const entry of CASES) {
    await t.step(entry.title, async () => {
      const [program = "", ...args] = entry.command;
      const env = Object.entries({ PATH: "/usr/local/bin:/usr/bin:/bin", ...entry.env });
      const wrapped = await stage.exec(program, args, {
        env,
        input: entry.input ?? new Uint8Array(),
        ...(entry.cwd === undefined ? {} : { cwd: entry.cwd }),
      });
      const direct = await runDirectly(entry, stage.folder);
      assert.equal(wrapped.error, undefined);
      assert.equal(wrapped.exited?.code, direct.code);
      const order = program === "env" ? sorted : (output: Uint8Array) => output;
      assert.ok(equal(order(wrapped.stdout), order(direct.stdout)), "standard output differs");
      assert.ok(equal(order(wrapped.stderr), order(direct.stderr)), "standard error differs");
    });
  }
});

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
