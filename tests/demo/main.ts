/**
 * `deno task demo`: the whole main job on real processes, in a folder of its own. Every step prints the command that a
 * person would type and then what it printed. With a terminal the server stays up afterwards; without one the demo
 * cleans up and exits 0.
 */

import { randomHex } from "../../shared/crypto/random.ts";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { EXIT } from "../../shared/errors.ts";
import type { RunningProgram } from "../support/running_program.ts";
import { Api, removeBodies } from "./api.ts";
import { DemoError, FOLDER, Stage } from "./stage.ts";

const AGENT = "demo-agent";
const SECRETS = {
  openai_api_key: `sk-demo-${randomHex(16)}`,
  database_url: databaseUrl(),
  stripe_key: `rk_${randomHex(12)}`,
};
const NAMES = Object.keys(SECRETS).map((keyPath) => keyPath.toUpperCase());

function databaseUrl(): string {
  return `postgres://app:${randomHex(8)}@db.example/app?sslmode=require&x=<"1">`;
}

/** The demo stops at the first step that does not do what it says. */
function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new DemoError(`The demo expected ${what}`);
}

async function startServer(stage: Stage): Promise<{ server: RunningProgram; url: string; token: string }> {
  stage.heading("Start the vault, sealed by a password that only its operator knows");
  await stage.write("kek-password", `${randomHex(16)}\n`);
  const settings = { PORT: "0", CORTEX_KEK_PASSWORD_FILE: "kek-password", DATABASE_URL: "sqlite://vault.db" };
  const shown = Object.entries(settings).map(([name, value]) => `${name}=${value}`).join(" ");
  const server = stage.start(`${shown} cortex-server`, "cortex-server", [], settings);
  const [url] = await server.waitFor(/https?:\/\/127\.0\.0\.1:\d+/);
  const [, token] = await server.waitFor(/^\s*([0-9a-f]{64})\s*$/m);
  console.log(server.output().trimEnd());
  must(token !== undefined, "an admin token");
  return { server, url, token };
}

async function storeSecrets(stage: Stage, api: Api): Promise<void> {
  stage.heading("Store three secrets and a template, and grant them to the project");
  stage.note("Bodies come from files: a value on a command line would be in the shell's history and in ps");
  const template = "url={{database_url}}\nkey={{openai_api_key}}\n";
  const rows = [
    ...Object.entries(SECRETS).map(([key_path, value]) => ({ key_path, secret_type: "KEY_VALUE", value })),
    { key_path: "app_conf", secret_type: "TEMPLATE_CONFIG", value: template },
  ];
  for (const row of rows) {
    const { id } = await api.post<{ id: string }>("/admin/secrets", `${row.key_path}.json`, row);
    await api.post("/admin/projects/demo/grants", "grant.json", { secret_id: id });
  }
  await removeBodies([...rows.map((row) => `${row.key_path}.json`), "grant.json"]);
}

async function enrolHost(stage: Stage, api: Api, url: string): Promise<void> {
  stage.heading("Enrol this host: the device asks, an admin looks at its fingerprint and approves");
  const args = ["daemon", "login", "--url", url, "--agent-id", AGENT, "--no-browser"];
  const login = stage.start(`cortex ${args.join(" ")}`, "cortex", args);
  const [userCode] = await login.waitFor(/\b[A-Z2-9]{4}-[A-Z2-9]{4}\b/);
  console.log(login.output().trimEnd());
  const before = login.output().length;
  await api.post("/admin/web/device/approve", "device.json", { user_code: userCode, agent_id: AGENT });
  must(await login.ended() === 0, "the login to succeed");
  console.log(login.output().slice(before).trimEnd());
  stage.heading("Start the daemon, which holds this host's identity");
  must((await stage.run("cortex daemon start")).code === 0, "the daemon to start");
}

/** Writes the program that proves it has the keys, and what their digests should be. */
async function writeApp(): Promise<string> {
  const folder = `${FOLDER}/app`;
  await Deno.mkdir(folder);
  for (const file of ["prove.py", "prove.sh"]) {
    await Deno.copyFile(new URL(`app/${file}`, import.meta.url), `${folder}/${file}`);
  }
  const digests = Object.entries(SECRETS).map(([path, value]) =>
    [path.toUpperCase(), sha256Hex(value)] as const
  );
  await Deno.writeTextFile(`${folder}/expected.json`, JSON.stringify(Object.fromEntries(digests)));
  await Deno.writeTextFile(
    `${folder}/expected.txt`,
    digests.map(([name, digest]) => `${name} ${digest}\n`).join(""),
  );
  await Deno.writeTextFile(`${folder}/.env.example`, NAMES.map((name) => `${name}=\n`).join(""));
  const python = await new Deno.Command("sh", { args: ["-c", "python3 -c ''"], stderr: "null" }).output();
  return python.success ? "python3 prove.py" : "sh prove.sh";
}

async function runProgram(stage: Stage, api: Api): Promise<void> {
  const command = `cortex run --project demo -- ${await writeApp()}`;
  stage.heading("Run a program with its keys: the first time waits for a person");
  const first = await stage.run(command, `${FOLDER}/app`);
  must(first.code === EXIT.pendingApproval, `exit code ${EXIT.pendingApproval}, got ${first.code}`);
  stage.heading("The person sees what is asked for, and approves");
  const [pending] = await api.get<{ id: string }[]>("/admin/pending-grants?status=pending");
  must(pending !== undefined, "a pending request");
  await api.post(`/admin/pending-grants/${pending.id}/approve`, "approve.json", {});
  stage.heading("Run it again: the program has its keys, and nobody else saw them");
  const second = await stage.run(command, `${FOLDER}/app`);
  must(second.code === 0, "the program to find its keys");
  must(showsNoValue(second.output), "no value in the output");
  stage.heading("A program that prints a key, even encoded, prints its name");
  const script = `'echo "stripe: $STRIPE_KEY"; printf %s "$STRIPE_KEY" | base64'`;
  const printed = await stage.run(`cortex run --project demo -- sh -c ${script}`, `${FOLDER}/app`);
  must(printed.code === 0 && showsNoValue(printed.output), "the key to be redacted");
}

function showsNoValue(output: string): boolean {
  return !Object.values(SECRETS).some((value) =>
    output.includes(value) || output.includes(btoa(value).slice(0, 16))
  );
}

async function showLog(stage: Stage, api: Api): Promise<void> {
  stage.heading(
    "Who used what: the audit log has a row for every step, written before the keys were released",
  );
  await api.get("/admin/audit-logs?action=get_secrets&limit=1");
  await stage.run("cortex status");
}

function waitForInterrupt(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => resolve();
    Deno.addSignalListener("SIGINT", stop);
    Deno.addSignalListener("SIGTERM", stop);
  });
}

async function lookAround(url: string): Promise<void> {
  console.log(`
The server (${url}) and the daemon are still running. In another terminal:

  cd ${FOLDER}/app
  export PATH="${FOLDER}/bin:$PATH" HOME="${FOLDER}/home" CORTEX_DAEMON_SOCK="${FOLDER}/home/agent.sock"
  cortex run --project demo -- env
  curl -sS -H @../admin-header ${url}/admin/secrets

Ctrl-C here stops both and removes the folder.`);
  await waitForInterrupt();
}

async function play(): Promise<void> {
  const stage = await Stage.prepare();
  const { server, url, token } = await startServer(stage);
  try {
    const api = await Api.connect(stage, url, token);
    await storeSecrets(stage, api);
    await enrolHost(stage, api, url);
    await runProgram(stage, api);
    await showLog(stage, api);
    if (Deno.stdin.isTerminal() && Deno.stdout.isTerminal()) await lookAround(url);
  } finally {
    stage.heading("Stop");
    await stage.run("cortex daemon stop");
    await server.stop("SIGTERM");
    await Deno.remove(FOLDER, { recursive: true });
  }
}

try {
  await play();
  console.log("\nThe demo is complete: everything above ran for real, and its folder is gone.");
} catch (error) {
  if (!(error instanceof DemoError)) throw error;
  console.error(`\n${error.message}`);
  Deno.exit(1);
}
