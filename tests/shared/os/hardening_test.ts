import assert from "node:assert/strict";
import { VaultError } from "../../../shared/errors.ts";
import { PRELOAD_VARIABLES, refusePreload } from "../../../shared/os/hardening.ts";

const here = (path: string) => JSON.stringify(import.meta.resolve(`../../../shared/os/${path}`));

/** Hardens a process of its own and prints what it and the kernel say. */
const SCRIPT = `
  import { hardenProcess } from ${here("hardening.ts")};
  import { libc } from ${here("libc.ts")};
  import { LINUX_ONLY } from ${here("linux.ts")};
  const openTerminal = () => {
    try {
      Deno.openSync("/dev/tty").close();
      return true;
    } catch {
      return false;
    }
  };
  const before = openTerminal();
  const steps = hardenProcess();
  const { own } = libc();
  const get = (option) => own.c.prctl(option, 0n, 0n, 0n, 0n);
  const dumpable = get(LINUX_ONLY.PR_GET_DUMPABLE);
  const noNewPrivileges = get(LINUX_ONLY.PR_GET_NO_NEW_PRIVS);
  console.log("<<" + JSON.stringify({ steps, dumpable, noNewPrivileges, before, after: openTerminal() }) + ">>");
`;

interface Outcome {
  readonly steps: readonly { readonly step: string; readonly done: boolean }[];
  readonly dumpable: number;
  readonly noNewPrivileges: number;
  readonly before: boolean;
  readonly after: boolean;
}

async function harden(command: (program: string, args: readonly string[]) => Deno.Command): Promise<Outcome> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, SCRIPT);
  const { stdout, stderr } = await command(Deno.execPath(), ["run", "-A", "--no-check", "--quiet", file])
    .output();
  await Deno.remove(file);
  const json = /<<(.*)>>/.exec(new TextDecoder().decode(stdout))?.[1];
  assert.ok(json, new TextDecoder().decode(stderr));
  return JSON.parse(json);
}

Deno.test("hardenProcess takes effect in the kernel, and every step is reported as done", async () => {
  const outcome = await harden((program, args) =>
    new Deno.Command(program, { args: [...args], stdin: "null" })
  );
  assert.deepEqual([outcome.dumpable, outcome.noNewPrivileges], [0, 1]);
  assert.deepEqual(outcome.steps.filter(({ done }) => !done), []);
  assert.equal(outcome.steps.length, 4);
});

const hasScript = await new Deno.Command("script", { args: ["--version"], stdout: "null", stderr: "null" })
  .output()
  .then(({ success }) => success, () => false);

Deno.test({
  name:
    "hardenProcess gives the terminal up, so that no child can be stopped on it (needs the program script)",
  ignore: !hasScript,
  fn: async () => {
    const outcome = await harden((program, args) =>
      new Deno.Command("script", {
        // A shell in between leads the session: a leader keeps its terminal.
        args: ["-qec", `${[program, ...args].join(" ")}; true`, "/dev/null"],
        stdin: "null",
      })
    );
    assert.deepEqual([outcome.before, outcome.after], [true, false]);
  },
});

Deno.test("refusePreload names each variable that loads foreign code, and takes none that is empty of it", () => {
  refusePreload(() => undefined);
  for (const variable of PRELOAD_VARIABLES) {
    assert.throws(
      () => refusePreload((name) => name === variable ? "/lib/evil.so" : undefined),
      (error) =>
        error instanceof VaultError && error.code === "daemon.unsafe_environment" &&
        error.message.startsWith(variable) && !error.message.includes("evil"),
    );
  }
});
