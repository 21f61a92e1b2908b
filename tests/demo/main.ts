/**
 * `deno task demo`: the whole main job on real processes, in a folder of its own. Every step prints the command that a
 * person would type and then what it printed. With a terminal the server stays up afterwards; without one the demo
 * cleans up and exits 0.
 */

import { randomHex } from "../../shared/crypto/random.ts";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { EXIT } from "../../shared/errors.ts";
import type { RunningProgram } from "../support/running_program.ts";
import { DemoError, FOLDER, type Shown, Stage } from "./stage.ts";

const AGENT = "demo-agent";
const APP = `${FOLDER}/app`;
const SECRETS = {
  openai_api_key: `sk-demo-${randomHex(16)}`,
  database_url: databaseUrl(),
  stripe_key: `rk_${randomHex(12)}`,
};
const TEMPLATE = "url={{database_url}}\nkey={{openai_api_key}}\n";
const NAMES = Object.keys(SECRETS).map((keyPath) => keyPath.toUpperCase());

function databaseUrl(): string {
  return `postgres://app:${randomHex(8)}@db.example/app?sslmode=require&x=<"1">`;
}

/** The demo stops at the first step that does not do what it says. */
function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new DemoError(`The demo expected ${what}`);
}

async function succeeds(shown: Promise<Shown>): Promise<string> {
  const { code, output } = await shown;
  must(code === 0, `exit code 0, got ${code}`);
  return output;
}

async function startServer(stage: Stage): Promise<RunningProgram> {
  stage.heading("Start the vault, sealed by a password that only its operator knows");
  await stage.write("kek-password", `${randomHex(16)}\n`);
  stage.exportForAdmin({
    PORT: "0",
    DATABASE_URL: "sqlite://vault.db",
    CORTEX_KEK_PASSWORD_FILE: "kek-password",
  });
  const server = stage.start("admin", "cortex-server", []);
  await server.waitFor(/https?:\/\/127\.0\.0\.1:\d+/);
  await server.waitFor(/^\s*[0-9a-f]{64}\s*$/m);
  console.log(server.output().trimEnd());
  return server;
}

/** Lets `cortex` find the server and the admin token, which it reads from a private file. */
async function becomeAdmin(stage: Stage, server: RunningProgram): Promise<string> {
  const [url] = await server.waitFor(/https?:\/\/127\.0\.0\.1:\d+/);
  const [, token] = await server.waitFor(/^\s*([0-9a-f]{64})\s*$/m);
  await stage.write("admin-token", `${token}\n`);
  stage.exportForAdmin({ CORTEX_URL: url, CORTEX_ADMIN_TOKEN_FILE: `${FOLDER}/admin-token` });
  return url;
}

async function storeSecrets(stage: Stage): Promise<void> {
  stage.heading("Store three secrets and a template, and grant them to the project");
  stage.note("Values come from files: on a command line they would be in the shell's history and in ps");
  const stored = [
    ...Object.entries(SECRETS).map(([path, value]) => ({ path, value, type: "" })),
    { path: "app_conf", value: TEMPLATE, type: "--type TEMPLATE_CONFIG " },
  ];
  for (const { path, value, type } of stored) {
    await stage.write("value", value);
    await succeeds(stage.run("admin", `cortex admin secrets add ${path} ${type}--value-file value`));
    await succeeds(stage.run("admin", `cortex admin grants add demo ${path}`));
  }
  await succeeds(stage.run("admin", "rm value"));
}

async function enrolHost(stage: Stage, url: string): Promise<void> {
  stage.heading("Enrol this host: the device asks, an admin compares its fingerprint and approves");
  const args = ["daemon", "login", "--url", url, "--agent-id", AGENT, "--no-browser"];
  const login = stage.start("agent", "cortex", args);
  const [userCode] = await login.waitFor(/\b[A-Z2-9]{4}-[A-Z2-9]{4}\b/);
  const [fingerprint] = await login.waitFor(/SHA256:\S{43}/);
  console.log(login.output().trimEnd());
  const before = login.output().length;
  const approve = `cortex admin devices approve ${userCode} --fingerprint ${fingerprint}`;
  await succeeds(stage.run("admin", `${approve} --yes`));
  must(await login.ended() === 0, "the login to succeed");
  console.log(login.output().slice(before).trimEnd());
  stage.heading("Start the daemon, which holds this host's identity");
  await succeeds(stage.run("agent", "cortex daemon start"));
}

/** Writes the program that proves it has the keys, and what their digests should be. Gives the command that runs it. */
async function writeApp(): Promise<string> {
  await Deno.mkdir(APP);
  for (const file of ["prove.py", "prove.sh"]) {
    await Deno.copyFile(new URL(`app/${file}`, import.meta.url), `${APP}/${file}`);
  }
  const digests = Object.entries(SECRETS).map(([path, value]) =>
    [path.toUpperCase(), sha256Hex(value)] as const
  );
  await Deno.writeTextFile(`${APP}/expected.json`, JSON.stringify(Object.fromEntries(digests)));
  await Deno.writeTextFile(
    `${APP}/expected.txt`,
    digests.map(([name, digest]) => `${name} ${digest}\n`).join(""),
  );
  await Deno.writeTextFile(`${APP}/.env.example`, NAMES.map((name) => `${name}=\n`).join(""));
  const python = await new Deno.Command("sh", { args: ["-c", "python3 -c ''"], stderr: "null" }).output();
  return python.success ? "python3 prove.py" : "sh prove.sh";
}

async function runProgram(stage: Stage): Promise<void> {
  const command = `cortex run --project demo -- ${await writeApp()}`;
  stage.heading("Run a program with its keys: the first time waits for a person");
  const first = await stage.run("agent", command, APP);
  must(first.code === EXIT.pendingApproval, `exit code ${EXIT.pendingApproval}, got ${first.code}`);
  const [, id] = /grant_id: ([0-9a-f]{8})/.exec(first.output) ?? [];
  must(id !== undefined, "the id of a request");
  stage.heading("The person sees what is asked for, and approves exactly that");
  await succeeds(stage.run("admin", "cortex admin approvals list"));
  await succeeds(stage.run("admin", `cortex admin approvals approve ${id} --term day --yes`));
  stage.heading("Run it again: the program has its keys, and nobody else saw them");
  must(showsNoValue(await succeeds(stage.run("agent", command, APP))), "no value in the output");
}

async function printKeys(stage: Stage): Promise<void> {
  stage.heading("A program that prints a key, even encoded, prints its name");
  const script = `'echo "stripe: $STRIPE_KEY"; printf %s "$STRIPE_KEY" | base64'`;
  const printed = await succeeds(stage.run("agent", `cortex run --project demo -- sh -c ${script}`, APP));
  must(showsNoValue(printed), "the key to be redacted");
}

function showsNoValue(output: string): boolean {
  return !Object.values(SECRETS).some((value) =>
    output.includes(value) || output.includes(btoa(value).slice(0, 16))
  );
}

/** An agent that goes looking for keys finds bait. */
async function askForDecoy(stage: Stage): Promise<void> {
  stage.heading("An agent that looks around finds a decoy: it is stopped, and people are told");
  await succeeds(stage.run("admin", "cortex admin decoys add prod/aws_root_key"));
  await succeeds(stage.run("agent", "echo AWS_ROOT_KEY= > .env.stolen", APP));
  const caught = await stage.run("agent", "cortex run --project demo --env-file .env.stolen -- env", APP);
  must(caught.code !== 0, "the run to be refused");
  await succeeds(stage.run("admin", "cortex admin agents list"));
  await succeeds(stage.run("admin", `cortex admin agents unfreeze ${AGENT}`));
}

async function showLog(stage: Stage): Promise<void> {
  stage.heading(
    "Who used what: every step has a row, written before a key was released, and the log proves itself",
  );
  await succeeds(stage.run("admin", "cortex audit list --agent demo-agent --limit 8"));
  await succeeds(stage.run("admin", "cortex verify-audit"));
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
The server and the daemon are still running. In another terminal:

  cd ${APP}
  export PATH="${FOLDER}/bin:$PATH" HOME="${FOLDER}/home" CORTEX_DAEMON_SOCK="${FOLDER}/home/agent.sock"
  cortex run --project demo -- env

  export CORTEX_URL=${url} CORTEX_ADMIN_TOKEN_FILE=${FOLDER}/admin-token
  cortex admin dashboard

Ctrl-C here stops both and removes the folder.`);
  await waitForInterrupt();
}

async function tell(stage: Stage, server: RunningProgram): Promise<void> {
  const url = await becomeAdmin(stage, server);
  await storeSecrets(stage);
  await enrolHost(stage, url);
  await runProgram(stage);
  await printKeys(stage);
  await askForDecoy(stage);
  await showLog(stage);
  if (Deno.stdin.isTerminal() && Deno.stdout.isTerminal()) await lookAround(url);
}

async function play(): Promise<void> {
  const stage = await Stage.prepare();
  const server = await startServer(stage);
  try {
    await tell(stage, server);
  } finally {
    stage.heading("Stop");
    await stage.run("agent", "cortex daemon stop");
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
