/** `cortex sign` on real processes: what it prints is good for those who check it, and the key is nowhere. */

import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { importSPKI, jwtVerify } from "jose";
import { EXIT } from "../../shared/errors.ts";
import { utf8 } from "../../shared/encoding.ts";
import { capturedFile, capturedText, findLeaks } from "../support/leak_search.ts";
import { AGENT, approveAll, PROJECT, withMainJob } from "../support/main_job.ts";
import { startSigV4Server } from "../support/sigv4_server.ts";
import { expectOk } from "../support/wire_agent.ts";
import type { World } from "../support/world.ts";

const SECRET = "canarySecret/Access+Key7f31EXAMPLEKEYEXA";
const ID = "AKIAIOSFODNN7EXAMPLE";
const HOOK = "canary-of-the-webhook-2b9e";
const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 });
const RSA_KEY = String(RSA.privateKey.export({ type: "pkcs1", format: "pem" }));

async function give(world: World, keyPath: string, value: string): Promise<void> {
  const body = { key_path: keyPath, secret_type: "KEY_VALUE", value };
  const { id } = (await expectOk(world.admin("POST", "/admin/secrets", body))).json();
  const grant = { secret_id: id, delivery: "never" };
  await expectOk(world.admin("POST", `/admin/projects/${PROJECT}/grants`, grant));
}

async function withKeys(work: (world: World) => Promise<void>): Promise<void> {
  await withMainJob({ api_key: "value-of-the-key-4711" }, async (world) => {
    await give(world, "aws/aws_secret_access_key", SECRET);
    await give(world, "aws/aws_access_key_id", ID);
    await give(world, "hook", HOOK);
    await give(world, "app_key", RSA_KEY);
    await work(world);
  });
}

const AWS = [
  ...[
    "sign",
    "aws",
    "--project",
    PROJECT,
    "--key",
    "AWS_SECRET_ACCESS_KEY",
    "--id-name",
    "AWS_ACCESS_KEY_ID",
  ],
  ...["--region", "eu-central-1"],
];
const sign = (kind: string, key: string, ...more: readonly string[]) => [
  ...["sign", kind, "--project", PROJECT, "--key", key],
  ...more,
];

/** Signs once to ask, and has it approved. */
async function approved(world: World, args: readonly string[]): Promise<void> {
  const first = await world.cortex([...args]);
  assert.equal(first.code, EXIT.pendingApproval, first.stderr);
  await approveAll(world);
}

async function stdoutOf(world: World, args: readonly string[], stdin?: Uint8Array): Promise<string> {
  const result = await world.cortex([...args], stdin === undefined ? {} : { stdin });
  assert.equal(result.code, EXIT.ok, result.stderr);
  assert.equal(result.stderr, "");
  return result.stdout;
}

function headersOf(lines: string): Headers {
  return new Headers(
    lines.trim().split("\n").map((line) => {
      const at = line.indexOf(": ");
      return [line.slice(0, at), line.slice(at + 2)] as [string, string];
    }),
  );
}

async function signRows(world: World) {
  const rows = await expectOk(world.admin("GET", "/admin/audit-logs?action=sign&limit=100"));
  return rows.json<{ status: string; agent_id: string; details: Record<string, unknown> }[]>()
    .filter(({ status }) => status === "success");
}

/** Where a value could have ended up: all output, the databases, the logs. */
async function expectNoLeak(world: World): Promise<void> {
  const forbidden = [
    { what: "the secret access key", text: SECRET },
    { what: "the webhook's key", text: HOOK },
    { what: "the RSA key", text: RSA_KEY.split("\n")[3] ?? "" },
  ];
  const rows = await world.admin("GET", "/admin/audit-logs?limit=100");
  const captured = [
    capturedText("what was printed", world.transcript.join("\n")),
    capturedText("the server's log", world.server?.output() ?? ""),
    capturedText("the daemon's log", world.daemon?.output() ?? ""),
    capturedText("the audit log", rows.text),
    await capturedFile(world.databasePath),
  ];
  assert.ok(captured.every(({ content }) => content.length > 100), "there is something to search");
  assert.deepEqual(findLeaks(captured, forbidden), []);
}

async function curl(world: World, config: string): Promise<string> {
  const child = new Deno.Command("curl", {
    args: ["--silent", "--show-error", "--config", "-"],
    cwd: world.folder,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(utf8(config));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

Deno.test("cortex sign aws waits for an approval, and then a service that checks takes headers, addresses and curl's file", async () => {
  await withKeys(async (world) => {
    await using s3 = startSigV4Server({ secret: SECRET, accessKeyId: ID, s3: true });
    await using sqs = startSigV4Server({ secret: SECRET, accessKeyId: ID, s3: false });
    const to = (service: string, ...more: readonly string[]) => [...AWS, "--service", service, ...more];
    const address = `${s3.url}/bucket/a b+ü(1).txt?list-type=2&prefix=x%20y%2B&acl`;
    await approved(world, to("s3", "GET", address));

    const { url, headers } = JSON.parse(await stdoutOf(world, to("s3", "--json", "GET", address)));
    const answer = await fetch(url, { headers });
    assert.equal(await answer.text(), "GET /bucket/a%20b%2B%C3%BC%281%29.txt 0");
    const changed = await fetch(url.replace("acl=", "acl=x"), { headers });
    assert.match(await changed.text(), /^signature over/);

    await Deno.writeTextFile(`${world.folder}/body.txt`, "Welcome to S3");
    const put = ["--body", "body.txt", "--header", "x-amz-meta-note:  two  words ", "--format", "curl"];
    const config = await stdoutOf(world, to("s3", ...put, "PUT", `${s3.url}/bucket/a b`));
    assert.equal(await curl(world, config), "PUT /bucket/a%20b 13");
    await Deno.writeTextFile(`${world.folder}/body.txt`, "Welcome to S4");
    assert.equal(await curl(world, config), "payload");

    const presigned = (await stdoutOf(world, to("s3", "--presign", "15m", "GET", address))).trim();
    assert.equal((await (await fetch(presigned)).text()).slice(0, 4), "GET ");
    assert.match(await (await fetch(presigned, { method: "POST" })).text(), /^signature over/);

    const body = utf8("Action=ListQueues");
    const post = to("sqs", "--body", "-", "--header", "content-type: application/x-www-form-urlencoded");
    const posted = headersOf(await stdoutOf(world, [...post, "POST", `${sqs.url}/a%20b/`], body));
    const sent = await fetch(`${sqs.url}/a%20b/`, { method: "POST", headers: posted, body });
    assert.equal(await sent.text(), "POST /a%20b/ 17");

    const rows = await signRows(world);
    assert.equal(rows.length, 4);
    assert.deepEqual(rows.map(({ agent_id }) => agent_id), Array(4).fill(AGENT));
    const { method, path, query_names, service } = rows[3]?.details ?? {};
    assert.deepEqual([method, path, query_names, service], [
      "GET",
      "/bucket/a%20b%2B%C3%BC%281%29.txt",
      ["list-type", "prefix", "acl"],
      "s3",
    ]);
    await expectNoLeak(world);
  });
});

Deno.test("cortex sign jwt prints a token that jose verifies, with the claims that were given", async () => {
  await withKeys(async (world) => {
    const token = sign("jwt", "APP_KEY", "--alg", "RS256", "--ttl", "10m");
    await approved(world, token);
    const claims = [
      "--claim",
      "iss=12345",
      "--claim",
      'aud:=["a","b"]',
      "--claim",
      "admin:=false",
      "--kid",
      "k1",
    ];
    await Deno.writeTextFile(`${world.folder}/claims.json`, '{"sub":"build","note":"a=b"}');
    const text = (await stdoutOf(world, [...token, ...claims, "--claims", "claims.json"])).trim();
    const key = await importSPKI(String(RSA.publicKey.export({ type: "spki", format: "pem" })), "RS256");
    const { payload, protectedHeader } = await jwtVerify(text, key, { issuer: "12345", audience: "a" });
    assert.deepEqual(protectedHeader, { alg: "RS256", typ: "JWT", kid: "k1" });
    const { iat = 0, exp = 0, ...rest } = payload;
    assert.deepEqual(rest, { sub: "build", note: "a=b", iss: "12345", aud: ["a", "b"], admin: false });
    assert.equal(exp - iat, 600);
    const [row] = await signRows(world);
    const { iss, sub, aud, exp: told } = row?.details ?? {};
    assert.deepEqual([iss, sub, aud, told], ["12345", "build", ["a", "b"], exp]);

    const wrong = await world.cortex(sign("jwt", "APP_KEY", "--alg", "ES256", "--json"));
    assert.equal(wrong.code, EXIT.failure);
    const { error_code, error } = JSON.parse(wrong.stderr);
    assert.equal(error_code, "sign_key_unfit");
    assert.match(error, /ES256 wants an EC private key on the curve P-256/);
    const long = await world.cortex(sign("jwt", "APP_KEY", "--alg", "RS256", "--ttl", "2h"));
    assert.equal(long.code, EXIT.refused);
    await expectNoLeak(world);
  });
});

Deno.test("cortex sign hmac prints what receivers of webhooks compute themselves", async () => {
  await withKeys(async (world) => {
    await Deno.writeTextFile(`${world.folder}/body.json`, '{"a":1}');
    await approved(world, sign("hmac", "HOOK", "body.json"));
    const mac = (hash: string, text: string) => createHmac(hash, HOOK).update(text);
    const plain = await stdoutOf(world, sign("hmac", "HOOK", "--prefix", "sha256=", "body.json"));
    assert.equal(plain, `sha256=${mac("sha256", '{"a":1}').digest("hex")}\n`);
    const other = sign("hmac", "HOOK", "--alg", "sha512", "--encoding", "base64", "-");
    assert.equal(await stdoutOf(world, other, utf8("hi")), `${mac("sha512", "hi").digest("base64")}\n`);
    const slack = headersOf(await stdoutOf(world, sign("hmac", "HOOK", "--format", "slack", "body.json")));
    const time = slack.get("X-Slack-Request-Timestamp") ?? "";
    assert.ok(Math.abs(Date.now() / 1000 - Number(time)) < 60);
    assert.equal(slack.get("X-Slack-Signature"), `v0=${mac("sha256", `v0:${time}:{"a":1}`).digest("hex")}`);
    const { headers } = JSON.parse(
      await stdoutOf(world, sign("hmac", "HOOK", "--format", "stripe", "--json", "body.json")),
    );
    const [, seconds = "", v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers["Stripe-Signature"]) ?? [];
    assert.equal(v1, mac("sha256", `${seconds}.{"a":1}`).digest("hex"));
    const large = await world.cortex(sign("hmac", "HOOK", "-"), { stdin: new Uint8Array(1024 * 1024 + 1) });
    assert.equal(large.code, EXIT.failure);
    assert.match(large.stderr, /longer than 1024 KiB/);
    assert.equal((await signRows(world)).length, 4);

    const admin = (verb: string, ...more: readonly string[]) =>
      world.cortex(["admin", "grants", verb, PROJECT, ...more], {
        env: { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken },
      });
    const limited = await admin("set", "HOOK", "--sign", '{"kinds":["webhook"]}');
    assert.match(limited.stderr, /never as a value, signs within \{"kinds":\["webhook"\]\}/);
    assert.match((await admin("list")).stdout, /HOOK .*signs within/);
    const refused = await world.cortex(sign("hmac", "HOOK", "body.json"));
    assert.equal(refused.code, EXIT.refused);
    assert.match(refused.stderr, /limits kinds to: webhook; keep to it, or ask an admin/);
    await stdoutOf(world, sign("hmac", "HOOK", "--format", "github", "body.json"));
    assert.match((await admin("set", "HOOK", "--sign", "{all}")).stderr, /no JSON object of kinds/);
    await expectNoLeak(world);
  });
});

Deno.test("a key that is for signing is in no environment, and signs again after the server or the grant came back", async () => {
  await withKeys(async (world) => {
    await Deno.writeTextFile(`${world.folder}/body.json`, "{}");
    const waiting = await world.startCortex(sign("hmac", "HOOK", "--wait=60", "body.json"));
    await waiting.waitFor(/waiting up to 60 s/);
    await approveAll(world);
    await waiting.waitFor(new RegExp(createHmac("sha256", HOOK).update("{}").digest("hex")));
    assert.equal(await waiting.ended(), EXIT.ok);
    const env = await world.cortex(["run", "--project", PROJECT, "--", "env"]);
    assert.doesNotMatch(env.stdout, /HOOK|AWS_|APP_KEY|canary/);
    const once = () => world.cortex(sign("hmac", "HOOK", "-"), { stdin: utf8("hi") });
    assert.equal((await once()).code, EXIT.ok);
    await world.stopServer();
    assert.equal((await once()).code, EXIT.unreachable);
    await world.startServer();
    assert.equal((await once()).code, EXIT.ok);
    const list = (await expectOk(world.admin("GET", `/admin/projects/${PROJECT}/grants`))).json<
      { id: string; secret_id: string; env_var_name: string }[]
    >();
    const hook = list.find(({ env_var_name }) => env_var_name === "HOOK");
    await expectOk(world.admin("DELETE", `/admin/projects/${PROJECT}/grants/${hook?.id}`));
    const gone = await once();
    assert.equal(gone.code, EXIT.refused);
    assert.match(gone.stderr, /not granted to the project; ask an admin/);
    await expectOk(world.admin("POST", `/admin/projects/${PROJECT}/grants`, { secret_id: hook?.secret_id }));
    assert.equal((await once()).code, EXIT.ok);
    await world.stopDaemon();
    assert.equal((await once()).code, EXIT.notReady);
  });
});

Deno.test("cortex sign says what is wrong with a command line, and asks nobody", async () => {
  await withKeys(async (world) => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [[...AWS, "--service", "s3", "GET", "https://a/?q=a+b"], /ambiguous: write a space as %20/],
      [[...AWS, "--service", "s3", "GET", "ftp://a/"], /no URL of the form https/],
      [[...AWS, "--service", "s3", "GET", "https://user:pw@a/"], /without a login/],
      [[...AWS, "--service", "s3", "BREW", "https://a/"], /none of GET/],
      [[...AWS, "--service", "s3", "--presign", "8d", "GET", "https://a/"], /at most 7d/],
      [[...AWS, "--service", "s3", "--header", "no colon", "GET", "https://a/"], /'name: value'/],
      [[...AWS, "--service", "s3", "--access-key-id", ID, "GET", "https://a/"], /either --access-key-id/],
      [
        [...AWS, "--service", "s3", "--format", "curl", "--body", "-", "PUT", "https://a/"],
        /give it as a file/,
      ],
      [sign("jwt", "APP_KEY", "--alg", "none"), /Allowed choices are ES256, RS256, EdDSA/],
      [sign("jwt", "APP_KEY", "--alg", "RS256", "--claim", "alone"), /name=text/],
      [sign("jwt", "APP_KEY", "--alg", "RS256", "--claim", "a:={"), /name:=JSON/],
      [sign("jwt", "APP_KEY", "--alg", "RS256", "--claim", "a=1", "--claim", "a=2"), /given twice/],
      [sign("jwt", "APP_KEY", "--alg", "RS256", "--ttl", "soon"), /--ttl takes a time/],
      [sign("hmac", "HOOK", "--format", "stripe", "--alg", "sha1", "x"), /cannot be used with/],
      [sign("hmac", "HOOK", "--id", "msg_1", "x"), /standard-webhooks only/],
      [["sign", "hmac", "--project", PROJECT, "x"], /--key/],
    ];
    for (const [args, said] of wrong) {
      const { code, stdout, stderr } = await world.cortex([...args]);
      assert.match(stderr, said);
      assert.deepEqual([code, stdout], [EXIT.usage, ""], stderr);
    }
    const missing = await world.cortex(sign("hmac", "HOOK", "no-such-file"));
    assert.equal(missing.code, EXIT.failure);
    assert.match(missing.stderr, /cannot be read/);
    const waiting = await expectOk(world.admin("GET", "/admin/pending-grants?status=pending"));
    assert.deepEqual(waiting.json(), []);
  });
});
