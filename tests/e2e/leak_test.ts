/**
 * One canary value goes through every route, error, log line, audit row, socket answer and output of the command line;
 * then all of it is searched, in every encoding. The same for tokens, the password and the agent's private key.
 */

import assert from "node:assert/strict";
import { ROUTE_KEYS, type RouteKey } from "../../server/access_table.ts";
import {
  type Captured,
  capturedFile,
  capturedFolder,
  capturedText,
  findLeaks,
} from "../support/leak_search.ts";
import { AGENT, PROJECT, withMainJob } from "../support/main_job.ts";
import { WireAgent } from "../support/wire_agent.ts";
import type { World } from "../support/world.ts";

const CANARY = 'canary-7f3a9/"<b>&+x=\\é-91c2d4';

/** Every field that any body has, so that one object fits all routes. */
const FIELDS =
  ("agent_id agent_pub allowed_paths approved_keys auth_proof attestation_pub binary_sha256 client_id content context " +
    "denied_paths description device_code enabled encoding env_var_name hostname init_proof is_honey_token key_path name " +
    "namespace nonce agent_pattern poll_proof reason secret_id secret_type ts user_code value version")
    .split(" ");

/** After it nothing else answers. */
const SEAL: RouteKey = "POST /sys/seal";

const method = (key: RouteKey) => key.split(" ", 1)[0] ?? "GET";
const path = (key: RouteKey) => key.slice(key.indexOf(" ") + 1).replace(/:\w+/g, encodeURIComponent(CANARY));

/** Sends the canary in every place of a request, with and without the right to ask. */
async function probe(world: World, key: RouteKey): Promise<Captured[]> {
  const bodies = [
    Object.fromEntries(FIELDS.map((field) => [field, CANARY])),
    Object.fromEntries(FIELDS.map((field) => [field, [CANARY, { [CANARY]: CANARY }]])),
    CANARY,
    { [CANARY]: CANARY },
  ];
  const credentials: Record<string, string>[] = [
    { "X-Admin-Token": world.adminToken },
    { "X-Admin-Token": CANARY.replace("é", "e") },
    { Authorization: `Bearer ${CANARY.replace("é", "e")}`, "X-Daemon-Attestation": CANARY.replace("é", "e") },
  ];
  const answers: Captured[] = [];
  for (const headers of credentials) {
    for (const body of method(key) === "GET" ? [undefined] : bodies) {
      const query = `?limit=${encodeURIComponent(CANARY)}&cursor=${encodeURIComponent(CANARY)}`;
      const answer = await world.api(method(key), path(key) + query, {
        headers,
        ...(body === undefined ? {} : { body }),
      });
      assert.notEqual(answer.status, 500, `${key} answered 500`);
      answers.push(capturedText(`the answer of ${key}`, answer.text + JSON.stringify([...answer.headers])));
    }
  }
  return answers;
}

async function probeMalformed(world: World): Promise<Captured[]> {
  const texts = [`{"value":"${CANARY}`, `{"value":${CANARY}}`, `[${CANARY}]`, `{"a":1}${CANARY}`];
  return await Promise.all(texts.map(async (body) => {
    const headers = { "X-Admin-Token": world.adminToken, "Content-Type": "application/json" };
    const answer = await fetch(`${world.url}/admin/secrets`, { method: "POST", headers, body });
    return capturedText("the answer to malformed JSON", await answer.text());
  }));
}

/** Says a line to the daemon's socket; what it answers. */
async function say(world: World, line: string): Promise<Captured> {
  using connection = await Deno.connect({ transport: "unix", path: world.socketPath });
  await connection.write(new TextEncoder().encode(`${line}\n`));
  await connection.closeWrite();
  const text = await new Response(connection.readable).text();
  return capturedText(`the daemon's answer to ${JSON.parse(line).cmd}`, text);
}

async function probeDaemon(world: World): Promise<Captured[]> {
  return [
    await say(world, JSON.stringify({ cmd: "status" })),
    await say(world, JSON.stringify({ cmd: CANARY })),
    await say(world, JSON.stringify({ cmd: "run", program: CANARY, project: CANARY, env_file: CANARY })),
    await say(world, JSON.stringify({ cmd: "run", program: "true", project: PROJECT })),
  ];
}

async function runEverything(world: World): Promise<void> {
  const cwd = `${world.folder}/agent`;
  await Deno.mkdir(cwd);
  await Deno.writeTextFile(`${cwd}/.env`, `CANARY_KEY=${CANARY}\nOTHER='${CANARY}'\n`);
  const run = (...command: string[]) =>
    world.cortex(["run", "--project", PROJECT, "--", ...command], { cwd });
  assert.equal((await run("sh", "-c", 'test -n "$CANARY_KEY"')).code, 0);
  assert.equal((await run("no-such-program")).code, 127);
  await run("sh", "-c", "exit 3");
  await world.cortex(["status"]);
  await world.cortex(["status", "--json"]);
  await world.cortex(["daemon", "status", "--json"]);
  await world.cortex(["run", "--project", "no-grant-here", "--", "true"], { cwd });
}

/** The output of a child is redacted on its way: printing a value in several encodings shows none of them. */
async function printTheValue(world: World): Promise<void> {
  const script =
    'printf "%s\\n" "$CANARY_KEY"; printf %s "$CANARY_KEY" | base64; printf %s "$CANARY_KEY" | od -An -tx1; env >&2';
  const printed = await world.cortex(["run", "--project", PROJECT, "--", "sh", "-c", script]);
  assert.equal(printed.code, 0, printed.stderr);
  assert.match(printed.stdout, /\[redacted:CANARY_KEY\]/);
  assert.match(printed.stderr, /CANARY_KEY=\[redacted:CANARY_KEY\]/);
}

async function auditRows(world: World): Promise<Captured[]> {
  const rows: { action: string; seq: number }[] = [];
  for (let url = "/admin/audit-logs?limit=200"; url !== "";) {
    const page = await world.admin("GET", url);
    rows.push(...page.json<typeof rows>());
    url = /<([^>]*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1]?.replace(world.url, "") ?? "";
  }
  return rows.map((row) => capturedText(`the audit row of a ${row.action}`, JSON.stringify(row)));
}

Deno.test("no value, token, password or private key is anywhere but where it belongs", async () => {
  await withMainJob({ canary_key: CANARY }, async (world) => {
    await runEverything(world);
    await printTheValue(world);
    const wire = await WireAgent.enrol(world, "second-agent");
    const answers: Captured[] = [];
    for (const key of ROUTE_KEYS.filter((route) => route !== SEAL)) answers.push(...await probe(world, key));
    answers.push(...await probe(world, SEAL));
    const unsealed = await world.api("POST", "/sys/unseal", { body: { password: world.kekPassword } });
    assert.equal(unsealed.status, 200, unsealed.text);
    answers.push(...await probeMalformed(world), ...await probeDaemon(world), ...await auditRows(world));
    const refused = await wire.discover("no-grant-here", [CANARY.replace(/[^a-z]/g, "")]);
    answers.push(capturedText("a discover", refused.text));

    const key = (await Deno.readTextFile(`${world.home}/.cortex/agent-${AGENT}.key`)).trim();
    const session = JSON.parse(await Deno.readTextFile(`${world.home}/.cortex/daemon-session.json`));
    const forbidden = [
      { what: "the value", text: CANARY },
      { what: "the admin token", text: world.adminToken },
      { what: "the operator's password", text: world.kekPassword },
      { what: "the agent's private key", text: key },
      { what: "the daemon's access token", text: String(session.access_token) },
    ];
    const outputs = capturedText("the output of the programs", world.transcript.join(""));
    assert.deepEqual(findLeaks([outputs, ...answers], forbidden), []);

    await world.stopDaemon();
    await world.stopServer();
    const own = (path: string) => /\/(\.env|agent-.*\.key|daemon-session\.json)$/.test(path);
    const files = await capturedFolder(world.folder, own);
    assert.deepEqual(findLeaks([...files, await capturedFile(world.databasePath)], forbidden), []);
  });
});
