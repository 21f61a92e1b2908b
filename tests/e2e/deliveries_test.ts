/** Ways that a value goes to a program, on real processes: what the program has, and where the value is not. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { capturedText, findLeaks } from "../support/leak_search.ts";
import { PROJECT, withMainJob } from "../support/main_job.ts";
import { withTempDir } from "../support/paths.ts";
import { expectOk } from "../support/wire_agent.ts";
import { World } from "../support/world.ts";

const VALUES = {
  "prod/db_key": "canary-db-8f31ab-77c0d9",
  "prod/tls_key": "-----BEGIN KEY-----\ncanary-tls-19ff2e\ncanary-tls-5530aa\n-----END KEY-----\n",
  "prod/root_ca_key": "canary-ca-2d9c51-e0817b",
  "prod/mail_pass": "canary-mail-bb14e7-31f6",
  "prod/plain": "canary-plain-60c2fa-9d8e",
};

/** A project with a value of each delivery. */
async function withDeliveries(work: (world: World) => Promise<void>): Promise<void> {
  await withMainJob(VALUES, async (world) => {
    for (
      const [name, ...terms] of [
        ["DB_KEY", "--delivery", "file"],
        ["TLS_KEY", "--delivery", "file", "--read-once", "yes"],
        ["ROOT_CA_KEY", "--delivery", "never"],
        ["MAIL_PASS", "--delivery", "template"],
      ] as const
    ) {
      const { code, stderr } = await grants(world, "set", PROJECT, name, ...terms);
      assert.equal(code, 0, stderr);
    }
    await work(world);
    const forbidden = Object.entries(VALUES).map(([what, text]) => ({ what, text }));
    const captured = world.transcript.map((text, at) => capturedText(`what was printed, ${at}`, text));
    assert.deepEqual(findLeaks(captured, forbidden), []);
  });
}

const grants = (world: World, ...words: string[]) =>
  world.cortex(["admin", "grants", ...words], {
    env: { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken },
  });

const run = (world: World, ...words: string[]) => world.cortex(["run", "--project", PROJECT, ...words]);

/** What a program says about itself: digests, so that nothing is redacted away. */
const LOOK = `
import hashlib, os, stat, sys
def read(path):
    with open(path, "rb") as file: return hashlib.sha256(file.read()).hexdigest()[:16]
print("db", read(os.environ["DB_KEY_FILE"]), read(os.environ["DB_KEY_FILE"]))
print("tls", read(os.environ["TLS_KEY_FILE"]), read(os.environ["TLS_KEY_FILE"]))
print("variables", sorted(name for name in os.environ if "KEY" in name or "PASS" in name or name == "PLAIN"))
environ = open("/proc/self/environ", "rb").read()
print("values in environ", environ.count(b"canary"), environ.count(b"canary-plain"))
fds = [int(fd) for fd in os.listdir("/proc/self/fd")]
print("descriptors", sorted(fd for fd in fds if os.path.lexists(f"/proc/self/fd/{fd}")))
print("terminal", sys.stdout.isatty())
`;

const BOUND_LOOK = `#!/bin/sh
test -z "$DB_KEY" && sha256sum <"$DB_KEY_FILE" | cut -c 1-16
ls /proc/self/fd | tr '\\n' ' '
`;

async function digest(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return hash.toHex().slice(0, 16);
}

for (const [streams, isTerminal] of [["--no-tty", "False"], ["--tty", "True"]] as const) {
  Deno.test(`values of every delivery go their way, ${streams}`, async () => {
    await withDeliveries(async (world) => {
      const { code, stdout, stderr } = await run(world, streams, "--", "python3", "-c", LOOK);
      const [db, tls, nothing] = [
        await digest(VALUES["prod/db_key"]),
        await digest(VALUES["prod/tls_key"]),
        await digest(""),
      ];
      const expected = [
        `db ${db} ${db}`,
        `tls ${tls} ${nothing}`,
        "variables ['DB_KEY_FILE', 'PLAIN', 'TLS_KEY_FILE']",
        "values in environ 1 1",
        "descriptors [0, 1, 2, 20, 21]",
        `terminal ${isTerminal}`,
        "",
      ];
      assert.deepEqual(stdout.replaceAll("\r\n", "\n").split("\n"), expected, stderr);
      assert.equal(code, 0);
      assert.match(stderr, /in files, at the paths in DB_KEY_FILE, TLS_KEY_FILE/);
      assert.doesNotMatch(stderr, /ROOT_CA_KEY|MAIL_PASS/, "nobody asked for them");
    });
  });
}

Deno.test("a program on a terminal and what it starts read the files, and their values are redacted", async () => {
  await withDeliveries(async (world) => {
    for (const streams of ["--tty", "--no-tty"]) {
      const script = "cat $DB_KEY_FILE; echo; (sh -c 'sh -c \"tail -n 3 $TLS_KEY_FILE\"')";
      const { stdout } = await run(world, streams, "--", "sh", "-c", script);
      const lines = stdout.replaceAll("\r\n", "\n").trim().split("\n");
      assert.equal(lines[0], "[redacted:DB_KEY]");
      assert.doesNotMatch(stdout, /canary/);
    }
  });
});

Deno.test("a program that asks for what goes to none is told why, and runs without", async () => {
  await withDeliveries(async (world) => {
    await Deno.writeTextFile(`${world.folder}/.env`, "ROOT_CA_KEY=\nMAIL_PASS=\nNO_SUCH=\nPLAIN=\n");
    const { code, stderr } = await run(world, "--", "true");
    assert.equal(code, 0);
    assert.match(stderr, /ROOT_CA_KEY is never given to a program/);
    assert.match(stderr, /MAIL_PASS goes into templates only/);
    assert.match(stderr, /no grant for NO_SUCH \(/);
  });
});

Deno.test("no client that knows only variables gets a value that goes another way", async () => {
  await withDeliveries(async (world) => {
    const { stdout } = await run(world, "--json", "--dry-run", "--", "true");
    assert.doesNotMatch(stdout, /canary/);
    const rows = await expectOk(world.admin("GET", `/admin/projects/${PROJECT}/grants`));
    const listed = rows.json<{ env_var_name: string; delivery: string; read_once: boolean }[]>();
    assert.deepEqual(
      listed.map(({ env_var_name, delivery, read_once }) => [env_var_name, delivery, read_once]).sort(),
      [
        ["DB_KEY", "file", false],
        ["MAIL_PASS", "template", false],
        ["PLAIN", "env", false],
        ["ROOT_CA_KEY", "never", false],
        ["TLS_KEY", "file", true],
      ],
    );
  });
});

Deno.test("cortex admin grants: added, listed, changed and taken back, each in the log", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    const body = { key_path: "team/api_key", secret_type: "KEY_VALUE", value: "canary-team-77120f" };
    await expectOk(world.admin("POST", "/admin/secrets", body));
    const added = await grants(
      world,
      "add",
      "other",
      "team/api_key",
      "--delivery",
      "file",
      "--read-once",
      "yes",
    );
    assert.equal(added.code, 0, added.stderr);
    assert.match(added.stdout, /^[0-9a-f-]{36}\n$/);
    assert.match(added.stderr, /API_KEY: as a file, to be read once/);
    assert.match(
      (await grants(world, "list", "other")).stdout,
      /API_KEY {2}default\/team\/api_key {2}as a file/,
    );
    const refused = await grants(world, "set", "other", "api_key", "--delivery", "env");
    assert.match(refused.stderr, /Only a file can be read once/);
    const set = await grants(
      world,
      "set",
      "other",
      "api_key",
      "--delivery",
      "never",
      "--read-once",
      "no",
      "--json",
    );
    assert.equal(JSON.parse(set.stdout).delivery, "never");
    assert.equal((await grants(world, "set", "other", "API_KEY")).code, EXIT.failure);
    assert.equal((await grants(world, "remove", "other", "API_KEY")).code, 0);
    assert.equal((await grants(world, "remove", "other", "API_KEY")).code, EXIT.failure);
    const log = (await expectOk(world.admin("GET", "/admin/audit-logs?limit=50"))).text;
    for (const action of ["create_project_grant", "update_project_grant", "delete_project_grant"]) {
      assert.match(log, new RegExp(action));
    }
  });
});

Deno.test("a bound value goes as a file to the approved command, and to no other, on pipes and on a terminal", async () => {
  await withDeliveries(async (world) => {
    const set = await grants(world, "set", PROJECT, "DB_KEY", "--bound", "yes");
    assert.equal(set.code, 0, set.stderr);
    await Deno.writeTextFile(`${world.folder}/.env`, "DB_KEY=\n");
    await Deno.writeTextFile(`${world.folder}/step`, BOUND_LOOK, { mode: 0o755 });
    const asked = await run(world, "--request", "--", "./step");
    const [, id = ""] = /request_id: (\S+)/.exec(asked.stderr) ?? assert.fail(asked.stderr);
    const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken };
    const approved = await world.cortex(["admin", "approvals", "approve", id, "--yes"], { env });
    assert.equal(approved.code, 0, approved.stderr);
    for (const streams of ["--no-tty", "--tty"]) {
      const { stdout, stderr } = await run(world, streams, "--", "./step");
      const lines = stdout.replaceAll("\r\n", "\n").split("\n");
      assert.deepEqual(lines, [await digest(VALUES["prod/db_key"]), "0 1 2 20 3 "], stderr);
    }
    assert.equal((await run(world, "--", "./step", "more")).code, EXIT.refused);
  });
});
