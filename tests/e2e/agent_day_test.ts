/**
 * The day of a coding agent: a test suite, a server with its clients, a migration, npm, a REPL, what prints configurations,
 * a shell that traces. Each program shows its keys as such programs do, on pipes and on a terminal; then everything that
 * the agent could have seen is searched for every value in every encoding.
 */

import assert from "node:assert/strict";
import { utf8 } from "../../shared/encoding.ts";
import { PROJECT, withMainJob } from "../support/main_job.ts";
import {
  type Captured,
  capturedFolder,
  capturedText,
  findLeaks,
  type Forbidden,
} from "../support/leak_search.ts";
import { writeShims } from "../support/programs.ts";
import { ROOT } from "../support/source_files.ts";
import { Tmux } from "../support/tmux.ts";
import type { World } from "../support/world.ts";

const PEM = [
  "-----BEGIN PRIVATE KEY-----",
  "MC4CAQAwBQYDK2VwBCIEIDq1mJ0wV9pT8hYx2cZfLkR4sQe7NnGbUoA6iPzWvXyE",
  "kT3uB8rJmH5dCqYw0LsVfN2gE9xZaPiO7lKt4MbRhUcDvWj1SyQnXo6FGpAeIz8=",
  "-----END PRIVATE KEY-----",
  "",
].join("\n");
const PASSWORD = `p@ss w0rd "$x" it's \\y & <é☃>`;
const VALUES = {
  openai_api_key: "sk-proj-Zk83hQw0aVt5LmX2rTpYc9Nd",
  database_url: "postgres://app:tR7-vW9_qLz4Kd@db.example:5432/app?sslmode=require",
  github_token: "ghp_q8Xw2Lr5Tz7Vb1Nm4Kc6Jh9Dg3Fs0PaYeU",
  app_password: PASSWORD,
  service_account: JSON.stringify({ type: "service_account", client_email: "a@b.example", private_key: PEM }),
  tls_key: PEM,
};
/** The values, and what of them is enough for whoever sees it. */
const FORBIDDEN: readonly Forbidden[] = [
  ...Object.entries(VALUES).map(([what, text]) => ({ what, text })),
  { what: "password of the database", text: "tR7-vW9_qLz4Kd" },
  ...PEM.split("\n").slice(1, 3).map((text) => ({ what: "a line of the private key", text })),
];

const PROGRAMS = {
  "a test suite": "python3 checks.py",
  "a server and its clients": "python3 service.py",
  "a migration": "python3 migrate.py",
  "npm": "npm start --no-update-notifier",
  "what prints configurations": "sh inspect.sh",
  "a shell that traces": "sh shell.sh",
  "a REPL": "python3 -i repl.py",
};
const REPL_LINES = [
  "import os",
  "os.environ",
  "os.environ['APP_PASSWORD']",
  "print(os.environ['TLS_KEY'])",
  "exit()",
];

async function moveIn(world: World): Promise<string> {
  const folder = `${world.folder}/day`;
  await Deno.mkdir(folder);
  for await (const { name } of Deno.readDir(new URL("tests/e2e/agent_day", ROOT))) {
    await Deno.copyFile(new URL(`tests/e2e/agent_day/${name}`, ROOT), `${folder}/${name}`);
  }
  await Deno.writeTextFile(`${folder}/repl.py`, "print('ready')\n");
  return folder;
}

async function onPipes(world: World, cwd: string): Promise<Captured[]> {
  const captured: Captured[] = [];
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const stdin = utf8(name === "a REPL" ? `${REPL_LINES.join("\n")}\n` : "");
    const run = await world.cortex(["run", "--project", PROJECT, "--", ...program.split(" ")], {
      cwd,
      stdin,
    });
    const shown = `${run.stdout}${run.stderr}`;
    assert.match(shown, /\[redacted:(?:APP_PASSWORD|OPENAI_API_KEY)\]/, `${name}: ${shown}`);
    captured.push(capturedText(`${name}, standard output`, run.stdout));
    captured.push(capturedText(`${name}, standard error`, run.stderr));
  }
  return captured;
}

async function onATerminal(world: World, cwd: string): Promise<Captured[]> {
  const bin = `${world.folder}/bin`;
  await writeShims(bin);
  const env = await world.environment({ CORTEX_PROJECT: PROJECT });
  await using tmux = await Tmux.start({ ...env, PATH: `${bin}:${env["PATH"]}` }, world.folder);
  await tmux.enter(`cd ${cwd}`);
  const captured: Captured[] = [];
  for (const [name, program] of Object.entries(PROGRAMS)) {
    await tmux.clear();
    await tmux.enter(`cortex run -- ${program}; echo "ended: $?."`);
    if (name === "a REPL") {
      await tmux.waitFor(/^>>> $/m);
      for (const line of REPL_LINES) await tmux.enter(line);
    }
    await tmux.waitFor(/^ended: \d+\.$/m);
    const history = await tmux.history();
    captured.push(capturedText(`${name}, on a terminal`, history));
    captured.push(capturedText(`${name}, on a terminal, its lines joined`, history.replaceAll("\n", "")));
  }
  return captured;
}

Deno.test("a coding agent's day shows it no value, on pipes or on a terminal", async () => {
  await withMainJob(VALUES, async (world) => {
    const cwd = await moveIn(world);
    const seen = [...await onPipes(world, cwd), ...await onATerminal(world, cwd)];
    const kept = await capturedFolder(world.home, (path) => path.endsWith(".sock"));
    assert.deepEqual(findLeaks([...seen, ...kept], FORBIDDEN), []);
    const rows = await world.admin("GET", "/admin/audit-logs?action=leak_prevented");
    assert.match(rows.text, /OPENAI_API_KEY:stdout/);
  });
});
