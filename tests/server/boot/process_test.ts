/** The server as a process: how it starts, what it refuses, and how it ends. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { programCommand } from "../../support/programs.ts";
import { SETTING_NAMES, SETTINGS } from "../../../server/config_table.ts";
import { ServerFolder, type Settings } from "../support/server_process.ts";

const PASSWORD = { CORTEX_KEK_PASSWORD: "pass word of the operator" };
const TOKEN = { ADMIN_TOKEN: "admin-token-of-this-test" };
const TOKEN_LINE = /^ +([0-9a-f]{64})$/gm;

async function isHealthy(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/healthz`);
  await answer.body?.cancel();
  return answer.status === 200;
}

/** A port that was free a moment ago. */
function freePort(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return String(listener.addr.port);
}

async function isListening(port: string): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port: Number(port) })).close();
    return true;
  } catch {
    return false;
  }
}

function auditActions(folder: ServerFolder): unknown[] {
  const db = new DatabaseSync(`${folder.path}/cortex-auth.db`, { readOnly: true });
  const rows = db.prepare("SELECT action FROM audit_log ORDER BY seq").all().map((row) => row["action"]);
  db.close();
  return rows;
}

Deno.test("cortex-server listens after first boot and again after a restart with the same password", async () => {
  await using folder = await ServerFolder.make();
  for (let boot = 0; boot < 2; boot++) {
    const { server, url } = await folder.listen({ ...PASSWORD, ...TOKEN });
    assert.equal(await isHealthy(url), true);
    assert.equal(await server.stop("SIGTERM"), 0);
  }
});

Deno.test("cortex-server with a wrong password ends with one line, exit code 1 and never a listener", async () => {
  await using folder = await ServerFolder.make();
  const { server } = await folder.listen({ ...PASSWORD, ...TOKEN });
  await server.stop("SIGTERM");
  const PORT = freePort();
  const { code, stderr, stdout } = await folder.run({ CORTEX_KEK_PASSWORD: "wrong", ...TOKEN, PORT });
  assert.equal(code, 1);
  assert.equal(stderr, "cortex-server: The unseal password is wrong; start again with the right one\n");
  assert.ok(!stdout.includes("listening"));
  assert.equal(await isListening(PORT), false);
});

Deno.test("A22: cortex-server takes the password from a file, or from one line of standard input", async () => {
  await using folder = await ServerFolder.make();
  const file = `${folder.path}/password`;
  await Deno.writeTextFile(file, `${PASSWORD.CORTEX_KEK_PASSWORD}\n`, { mode: 0o600 });
  const { server } = await folder.listen({ CORTEX_KEK_PASSWORD_FILE: file, ...TOKEN });
  await server.stop("SIGTERM");
  const wrong = await folder.run(TOKEN, [], "wrong\n");
  assert.match(wrong.stderr, /password is wrong/);
  const right = await folder.run(
    { ...TOKEN, HOST: "192.0.2.1", INSECURE_HTTP: "1" },
    [],
    `${PASSWORD.CORTEX_KEK_PASSWORD}\n`,
  );
  assert.match(right.stderr, /cannot listen/);
  assert.match(right.stdout, /vault unsealed/);
});

Deno.test("cortex-server without any password says where it can come from", async () => {
  await using folder = await ServerFolder.make();
  const { code, stderr } = await folder.run({});
  assert.equal(code, 1);
  assert.match(stderr, /^cortex-server: There is no unseal password; set CORTEX_KEK_PASSWORD_FILE [^\n]*\n$/);
});

/** Runs the server on a terminal of its own, typing each answer once its question has appeared. */
async function onTerminal(
  folder: ServerFolder,
  settings: Settings,
  answers: (readonly [question: RegExp, answer: string])[],
): Promise<{ code: number; seen: string }> {
  const command = programCommand("cortex-server").map((part) => `'${part}'`).join(" ");
  const child = new Deno.Command("script", {
    args: ["-qefc", `exec ${command}`, "/dev/null"],
    env: await folder.environment({ ...settings, SHELL: "/bin/sh" }),
    clearEnv: true,
    cwd: folder.path,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  const typing = child.stdin.getWriter();
  let seen = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    seen += chunk;
    while (answers[0]?.[0].test(seen)) await typing.write(new TextEncoder().encode(answers.shift()?.[1]));
  }
  await typing.close().catch(() => {});
  return { code: (await child.status).code, seen };
}

Deno.test("cortex-server asks twice on a terminal, shows nothing of what is typed, and stops on Ctrl-C", async () => {
  await using folder = await ServerFolder.make();
  const { code, seen } = await onTerminal(folder, TOKEN, [
    [/New unseal password/, "typed-sekret\r"],
    [/once more/, "typed-sekret\r"],
    [/listening/, "\x03"],
  ]);
  assert.equal(code, 0, seen);
  assert.ok(!seen.includes("typed-sekret"));
  const { stdout } = await folder.run(
    { ...TOKEN, HOST: "192.0.2.1", INSECURE_HTTP: "1" },
    [],
    "typed-sekret\n",
  );
  assert.match(stdout, /vault unsealed/);
});

Deno.test("cortex-server on a terminal refuses what it gave up instead of asking the operator for it", async () => {
  await using folder = await ServerFolder.make();
  const settings = { ...PASSWORD, ...TOKEN, CORTEX_SELF_TEST_PERMISSIONS: "1" };
  const { code, seen } = await onTerminal(folder, settings, [[/permissions tried[^\n]*\n|Allow\?/, "\x03"]]);
  assert.equal(code, 0, seen);
  assert.match(seen, /"permissions tried","read":"refused"/);
});

Deno.test("cortex-server prints a generated admin token once, alone on its line, and keeps it nowhere", async () => {
  await using folder = await ServerFolder.make();
  const first = await folder.listen(PASSWORD);
  const tokens = [...first.server.output().matchAll(TOKEN_LINE)].map(([, token]) => token);
  assert.equal(tokens.length, 1);
  await first.server.stop("SIGTERM");
  const second = await folder.listen(PASSWORD);
  assert.equal([...second.server.output().matchAll(TOKEN_LINE)].length, 0);
  await second.server.stop("SIGTERM");
  const database = new TextDecoder("latin1").decode(await Deno.readFile(`${folder.path}/cortex-auth.db`));
  assert.ok(!database.includes(tokens[0] ?? "-"));
});

Deno.test("A13: cortex-server honours ADMIN_TOKEN and prints none", async () => {
  await using folder = await ServerFolder.make();
  const { server, url } = await folder.listen({ ...PASSWORD, ...TOKEN });
  assert.equal([...server.output().matchAll(TOKEN_LINE)].length, 0);
  assert.ok(!server.output().includes(TOKEN.ADMIN_TOKEN));
  const statuses = await Promise.all(["admin-token-of-this-test", "another"].map(async (token) => {
    const answer = await fetch(`${url}/admin/namespaces`, { headers: { "X-Admin-Token": token } });
    await answer.body?.cancel();
    return answer.status;
  }));
  assert.deepEqual(statuses, [200, 401]);
});

Deno.test("cortex-server has given everything but the network up by the time it listens", async () => {
  await using folder = await ServerFolder.make();
  const { server } = await folder.listen({ ...PASSWORD, ...TOKEN, CORTEX_SELF_TEST_PERMISSIONS: "1" });
  const [line] = await server.waitFor(/\{[^\n]*"permissions tried"[^\n]*\}/);
  const { read, write, database, library, program, environment, hostname, worker } = JSON.parse(line);
  for (const outcome of [read, write, database, library, program, environment, hostname, worker]) {
    assert.equal(outcome, "refused", line);
  }
});

Deno.test("B27: cortex-server reports how it protects itself, and nothing that it could not do goes unsaid", async () => {
  await using folder = await ServerFolder.make();
  const { server } = await folder.listen({ ...PASSWORD, ...TOKEN });
  const lines = server.output().trim().split("\n").map((line) => JSON.parse(line));
  const done: string[] = lines.find((line) => line.message === "protected")?.steps ?? [];
  const missing = lines.filter((line) => line.message === "not protected").map((line) => line.step);
  const all = [...done, ...missing].join();
  for (const step of [/swapped/, /core dumps/, /hidden from other processes/]) assert.match(all, step);
});

Deno.test("B27: cortex-server leaves no file that others can read", async () => {
  await using folder = await ServerFolder.make();
  await folder.listen({ ...PASSWORD, ...TOKEN }, ["--ready-file", "ready.json"]);
  const modes = Array.from(Deno.readDirSync(folder.path), ({ name }) => {
    const { mode, isFile } = Deno.statSync(`${folder.path}/${name}`);
    return isFile ? [name, ((mode ?? 0) & 0o777).toString(8)] : [];
  });
  assert.deepEqual(modes.filter(([name]) => name !== undefined).toSorted(), [
    ["cortex-auth.db", "600"],
    ["cortex-auth.db-shm", "600"],
    ["cortex-auth.db-wal", "600"],
    ["cortex-auth.db.lock", "600"],
    ["ready.json", "600"],
  ]);
});

Deno.test("cortex-server writes its real address into the ready file", async () => {
  await using folder = await ServerFolder.make();
  await Deno.writeTextFile(`${folder.path}/ready.json`, "of an earlier run");
  const { server, url } = await folder.listen({ ...PASSWORD, ...TOKEN }, ["--ready-file=ready.json"]);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(`${folder.path}/ready.json`)), {
    url,
    pid: server.pid,
  });
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test(`cortex-server on ${signal} ends with 0, a last audit row, and its log written into the database`, async () => {
    await using folder = await ServerFolder.make();
    const { server, url } = await folder.listen({ ...PASSWORD, ...TOKEN });
    assert.equal(await isHealthy(url), true);
    assert.equal(await server.stop(signal), 0);
    assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), [
      "cortex-auth.db",
      "cortex-auth.db.lock",
    ]);
    assert.equal(auditActions(folder).at(-1), "server_stop");
  });
}

/** A request whose body is half sent: it runs until `finish`. */
async function halfSent(url: string) {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ name: "from-a-slow-client" });
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const send = (text: string) => connection.write(new TextEncoder().encode(text));
  await send(
    `POST /admin/namespaces HTTP/1.1\r\nHost: x\r\nX-Admin-Token: ${TOKEN.ADMIN_TOKEN}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  );
  // A second connection that was answered shows that the server has read the first one.
  await isHealthy(url);
  return {
    finish: async (): Promise<string> => {
      await send(body.slice(5));
      const answer = new Uint8Array(4_096);
      const length = await connection.read(answer);
      connection.close();
      return new TextDecoder().decode(answer.subarray(0, length ?? 0));
    },
    close: () => connection.close(),
  };
}

Deno.test("cortex-server finishes a running request before it stops", async () => {
  await using folder = await ServerFolder.make();
  const { server, url } = await folder.listen({ ...PASSWORD, ...TOKEN });
  const request = await halfSent(url);
  server.kill("SIGTERM");
  await server.waitFor(/"stopping"/);
  assert.match(await request.finish(), /^HTTP\/1\.1 201 /, server.output());
  assert.equal(await server.ended(), 0);
  assert.deepEqual(auditActions(folder).slice(-2), ["create_namespace", "server_stop"]);
});

Deno.test("cortex-server stops at once at the second signal", async () => {
  await using folder = await ServerFolder.make();
  const { server, url } = await folder.listen({ ...PASSWORD, ...TOKEN });
  const request = await halfSent(url);
  server.kill("SIGTERM");
  await server.waitFor(/"stopping"/);
  assert.equal(await server.stop("SIGTERM"), 1);
  request.close();
});

Deno.test("cortex-server reads .env of its folder, and names every mistake of its configuration at once", async () => {
  await using folder = await ServerFolder.make();
  await Deno.writeTextFile(`${folder.path}/.env`, "HOST=0.0.0.0\nCORTEX_LOG_LEVEL=loud\n", { mode: 0o600 });
  const { code, stderr } = await folder.run({ ...PASSWORD, PORT: "many" });
  assert.equal(code, 1);
  assert.deepEqual(stderr.trim().split("\n").map((line) => line.split(" ")[1]).toSorted(), [
    "CORTEX_LOG_LEVEL",
    "HOST",
    "PORT",
  ]);
});

Deno.test("A13: cortex-server refuses plain HTTP on an address that others reach", async () => {
  await using folder = await ServerFolder.make();
  const { code, stderr } = await folder.run({ ...PASSWORD, HOST: "0.0.0.0" });
  assert.equal(code, 1);
  assert.match(stderr, /plain HTTP is refused; set TLS_CERT_FILE and TLS_KEY_FILE, or INSECURE_HTTP=1/);
});

Deno.test("cortex-server whose port is taken says so", async () => {
  await using folder = await ServerFolder.make();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stderr } = await folder.run({ ...PASSWORD, ...TOKEN, PORT: String(listener.addr.port) });
  assert.equal(code, 1);
  assert.match(stderr, /^cortex-server: The server cannot listen: the port is in use[^\n]*\n$/);
});

Deno.test("B16: a second cortex-server on the same database ends before it serves, so that nothing is replayed to it", async () => {
  await using folder = await ServerFolder.make();
  const { url } = await folder.listen({ ...PASSWORD, ...TOKEN });
  const { code, stderr } = await folder.run({ ...PASSWORD, ...TOKEN });
  assert.equal(code, 1);
  assert.match(stderr, /^cortex-server: Another server uses this database; stop it[^\n]*\n$/);
  assert.equal(await isHealthy(url), true);
});

Deno.test("cortex-server --help names every variable, --version the version", async () => {
  await using folder = await ServerFolder.make();
  const { code, stdout } = await folder.run({}, ["--help"]);
  assert.equal(code, 0);
  for (const name of SETTING_NAMES) assert.ok(stdout.includes(SETTINGS[name].variable), name);
  assert.match((await folder.run({}, ["--version"])).stdout, /^cortex-server \d+\.\d+\.\d+ \(.+\)\n$/);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

async function makeCertificate(folder: string, name: string): Promise<void> {
  const { code } = await new Deno.Command("openssl", {
    args: [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "1",
    ].concat(
      ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      [
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-keyout",
        `${folder}/${name}.key`,
        "-out",
        `${folder}/${name}.pem`,
      ],
    ),
    stdout: "null",
    stderr: "null",
  }).output();
  assert.equal(code, 0);
}

Deno.test("cortex-server speaks HTTPS with its certificate, and refuses half of a pair or what is no PEM", async () => {
  await using folder = await ServerFolder.make();
  await makeCertificate(folder.path, "tls");
  const files = { TLS_CERT_FILE: "tls.pem", TLS_KEY_FILE: "tls.key" };
  const { url, server } = await folder.listen({ ...PASSWORD, ...TOKEN, ...files });
  assert.match(url, /^https:/);
  const caCerts = [await Deno.readTextFile(`${folder.path}/tls.pem`)];
  using client = Deno.createHttpClient({ caCerts });
  const answer = await fetch(`${url}/healthz`, { client });
  await answer.body?.cancel();
  assert.equal(answer.status, 200);
  await server.stop("SIGTERM");
  const half = await folder.run({ ...PASSWORD, TLS_CERT_FILE: "tls.pem" });
  assert.match(half.stderr, /belong together/);
  const swapped = await folder.run({ ...PASSWORD, TLS_CERT_FILE: "tls.key", TLS_KEY_FILE: "tls.pem" });
  assert.match(swapped.stderr, /^cortex-server: TLS_CERT_FILE holds no PEM certificate\n$/);
  const missing = await folder.run({ ...PASSWORD, TLS_CERT_FILE: "none", TLS_KEY_FILE: "tls.key" });
  assert.match(missing.stderr, /TLS_CERT_FILE cannot be read: it does not exist/);
});
