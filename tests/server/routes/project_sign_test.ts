/** `POST /project/sign/:project`: what is signed, for whom, and everything that somebody could try beside it. */

import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { importSPKI, jwtVerify } from "jose";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { toBase64, utf8 } from "../../../shared/encoding.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { type Answer, createHarness, type Harness } from "../support/harness.ts";
import { newSshLogin } from "../support/ssh_login.ts";
import { decodeClaims, TestAgent } from "../support/test_agent.ts";

const PATH = "/project/sign/shop";
const HMAC_KEY = "canary-of-a-shared-secret-77c1";
const AWS_SECRET = "canary/AWS/secret+7c1dEXAMPLEKEYEXAMPLEK";
const AWS_ID = "AKIAIOSFODNN7EXAMPLE";
const SESSION_TOKEN = `canary-session-${"x".repeat(80)}`;
const PASSWORD = "canary-password-of-the-database";
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const JWT_KEY = String(keys.privateKey.export({ type: "pkcs8", format: "pem" }));
const JWT_PUBLIC = String(keys.publicKey.export({ type: "spki", format: "pem" }));

/** No text. */
const BINARY_KEY = Uint8Array.from({ length: 32 }, (_, at) => 0xff - at);

const MESSAGE = toBase64(utf8("hello"));
const hmac = (more: Record<string, unknown> = {}) => ({
  kind: "hmac",
  name: "HOOK",
  hash: "sha256",
  message: MESSAGE,
  ...more,
});
const jwt = (more: Record<string, unknown> = {}) => ({
  kind: "jwt",
  name: "ID_KEY",
  algorithm: "ES256",
  claims: { iss: "me", aud: "them" },
  ttl_seconds: 60,
  ...more,
});
const aws = (more: Record<string, unknown> = {}) => ({
  kind: "aws",
  name: "AWS_SECRET_ACCESS_KEY",
  access_key_id_name: "AWS_ACCESS_KEY_ID",
  service: "s3",
  region: "eu-central-1",
  method: "GET",
  host: "bucket.s3.eu-central-1.amazonaws.com",
  path: "/report.txt",
  query: [],
  headers: [],
  payload_sha256: sha256Hex(""),
  ...more,
});

interface Stage {
  readonly h: Harness;
  readonly agent: TestAgent;
  readonly token: string;
  /** Sends a request for a signature. */
  readonly sign: (body: unknown) => Promise<Answer>;
  /** Stores a secret and grants it; the id of the grant and that of the secret. */
  readonly give: (
    keyPath: string,
    secret: object,
    terms?: object,
  ) => Promise<{ secretId: string; grantId: string }>;
  /** A token for names, approved. */
  readonly tokenFor: (names: readonly string[]) => Promise<string>;
}

const NAMES = [
  "HOOK",
  "ID_KEY",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SESSION_TOKEN",
  "DB_PASSWORD",
];

async function giveTo(h: Harness, keyPath: string, secret: object, terms: object = {}) {
  const body = { key_path: keyPath, secret_type: "KEY_VALUE", ...secret };
  const { id: secretId } = expectOk<{ id: string }>(await h.admin.post("/admin/secrets", body), 201);
  const answer = await h.admin.post("/admin/projects/shop/grants", { secret_id: secretId, ...terms });
  return { secretId, grantId: expectOk<{ id: string }>(answer, 201).id };
}

function withStage(work: (stage: Stage) => Promise<void>): () => Promise<void> {
  return async () => {
    const h = await createHarness();
    try {
      const agent = await TestAgent.enrol(h);
      await giveTo(h, "hooks/hook", { value: HMAC_KEY });
      await giveTo(h, "id_key", { value: JWT_KEY }, { delivery: "never" });
      await giveTo(h, "aws/aws_secret_access_key", { value: AWS_SECRET }, { delivery: "never" });
      await giveTo(h, "aws/aws_access_key_id", { value: AWS_ID });
      await giveTo(h, "aws/aws_session_token", { value: SESSION_TOKEN });
      await giveTo(h, "db_password", { value: PASSWORD });
      const { project_token: token } = await agent.obtain("shop", NAMES);
      await work({
        h,
        agent,
        token,
        sign: (body) => agent.postSigned(PATH, token, body),
        give: (keyPath, secret, terms) => giveTo(h, keyPath, secret, terms),
        tokenFor: async (names) => (await agent.obtain("shop", names, { regenerate: true })).project_token,
      });
    } finally {
      await h.dispose();
    }
  };
}

async function signRows({ h }: Stage) {
  const rows = (await h.auditRows()).filter(({ action }) => action === "sign");
  return rows.map(({ status, details }) => ({
    status,
    details: details === null ? null : JSON.parse(details),
  }));
}

/** What of the values may stand in no answer, log or row. */
const CANARIES = [HMAC_KEY, AWS_SECRET, PASSWORD, ...JWT_KEY.split("\n").filter((line) => line.length > 40)];

Deno.test(
  "each kind of signature is good, and each has one row that says what was signed",
  withStage(async (stage) => {
    const { sign, h } = stage;
    const mac = createHmac("sha256", HMAC_KEY).update("hello").digest("base64");
    assert.deepEqual(expectOk(await sign(hmac())), { kind: "hmac", mac });
    const { token } = expectOk<{ token: string }>(await sign(jwt()));
    const currentDate = new Date(h.clock.now());
    await jwtVerify(token, await importSPKI(JWT_PUBLIC, "ES256"), {
      issuer: "me",
      audience: "them",
      currentDate,
    });
    const webhook = expectOk(await sign({ kind: "webhook", name: "HOOK", form: "github", message: MESSAGE }));
    assert.deepEqual(webhook["headers"], [[
      "X-Hub-Signature-256",
      `sha256=${createHmac("sha256", HMAC_KEY).update("hello").digest("hex")}`,
    ]]);
    const signed = expectOk<{ headers: [string, string][] }>(
      await sign(aws({ session_token_name: "AWS_SESSION_TOKEN" })),
    );
    assert.match(
      signed.headers.at(-1)?.[1] ?? "",
      new RegExp(`Credential=${AWS_ID}/\\d{8}/eu-central-1/s3/`),
    );
    assert.deepEqual(signed.headers.at(-2), ["X-Amz-Security-Token", SESSION_TOKEN]);

    const rows = await signRows(stage);
    assert.deepEqual(rows.map(({ status }) => status), Array(4).fill("success"));
    assert.deepEqual(rows.map(({ details }) => [details.signed, details.key]), [
      ["hmac", "hooks/hook"],
      ["jwt", "id_key"],
      ["webhook", "hooks/hook"],
      ["aws", "aws/aws_secret_access_key"],
    ]);
    assert.equal(rows[0]?.details.message_sha256, sha256Hex("hello"));
    assert.deepEqual([rows[1]?.details.iss, rows[1]?.details.aud], ["me", "them"]);
    const { keys: opened, method, host, path } = rows[3]?.details;
    assert.deepEqual(opened, ["aws/aws_access_key_id", "aws/aws_secret_access_key", "aws/aws_session_token"]);
    assert.deepEqual([method, host, path], ["GET", "bucket.s3.eu-central-1.amazonaws.com", "/report.txt"]);
  }),
);

Deno.test(
  "a key that is delivered never signs, and no read gives it",
  withStage(async ({ agent, token, sign }) => {
    const read = expectOk<{ env_vars: Record<string, string>; withheld: unknown }>(
      await agent.read("shop", token),
    );
    assert.equal(read.env_vars["HOOK"], HMAC_KEY);
    assert.deepEqual(Object.keys(read.env_vars).filter((name) => /SECRET|ID_KEY/.test(name)), []);
    expectOk(await sign(jwt()));
    expectOk(await sign(aws()));
  }),
);

Deno.test(
  "no value is in an answer, a log or a row, whatever is asked and whatever is wrong with it",
  withStage(async ({ h, sign }) => {
    const answers: Answer[] = [];
    const requests = [
      hmac(),
      hmac({ name: "ID_KEY" }),
      hmac({ name: "AWS_SECRET_ACCESS_KEY" }),
      hmac({ message: "***" }),
      jwt(),
      jwt({ name: "HOOK" }),
      jwt({ algorithm: "RS256" }),
      jwt({ algorithm: "none" }),
      jwt({ algorithm: "HS256", name: "HOOK" }),
      aws(),
      aws({ name: "HOOK" }),
      aws({ name: "ID_KEY" }),
      aws({ access_key_id_name: "DB_PASSWORD" }),
      aws({ access_key_id_name: "AWS_SECRET_ACCESS_KEY" }),
      aws({ session_token_name: "DB_PASSWORD" }),
      aws({ session_token_name: "ID_KEY" }),
      { kind: "webhook", name: "HOOK", form: "standard-webhooks", message: MESSAGE },
      { kind: "export", name: "HOOK" },
    ];
    for (const request of requests) answers.push(await sign(request));
    const seen = [...answers.map(({ text }) => text), await h.transcript()].join("\n");
    for (const canary of CANARIES) assert.ok(!seen.includes(canary), canary);
    assert.ok(answers.some(({ status }) => status === 200), "some were signed");
  }),
);

/** Requests that are right in form or nearly so, with names, texts and numbers of any kind in them. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(...NAMES, "s3", "sts", "/", "a\nb"),
);
const anyValue = fc.oneof(
  anyText,
  fc.integer(),
  fc.constant(null),
  fc.array(fc.tuple(anyText, anyText), { maxLength: 3 }),
);
const anyRequest = fc.tuple(
  fc.constantFrom<Record<string, unknown>>(hmac(), jwt(), aws(), aws({ presign_seconds: 60 }), {
    kind: "webhook",
    name: "HOOK",
    form: "stripe",
    message: MESSAGE,
  }),
  fc.dictionary(
    fc.constantFrom(
      ...[
        "kind",
        "name",
        "hash",
        "message",
        "form",
        "claims",
        "algorithm",
        "ttl_seconds",
        "key_id",
        "path",
        "host",
      ],
      ...[
        "query",
        "headers",
        "service",
        "region",
        "access_key_id",
        "access_key_id_name",
        "session_token_name",
      ],
    ),
    fc.oneof(anyValue, fc.dictionary(anyText, fc.jsonValue(), { maxKeys: 3 })),
    { maxKeys: 2, noNullPrototype: true },
  ),
).map(([request, changes]) => ({ ...request, ...changes }));

Deno.test(
  "whatever is sent, the answer is a signature with its one row or a clear refusal, and holds no value",
  withStage(async (stage) => {
    let signed = 0;
    await fc.assert(
      fc.asyncProperty(anyRequest, async (request) => {
        const answer = await stage.sign(request);
        assert.ok(answer.status < 500, `${answer.status} for ${JSON.stringify(request)}`);
        if (answer.status === 200) signed++;
        for (const canary of CANARIES) assert.ok(!answer.text.includes(canary));
      }),
      { numRuns: 300 },
    );
    const rows = (await signRows(stage)).filter(({ status }) => status === "success").length;
    // A key that does not fit is found out after its row.
    assert.ok(signed > 20 && rows >= signed, `${signed} signatures, ${rows} rows`);
    const seen = await stage.h.transcript();
    for (const canary of CANARIES) assert.ok(!seen.includes(canary));
  }),
);

Deno.test(
  "what goes out beside a signature comes only from grants that are named and look so",
  withStage(async ({ sign, give, tokenFor, agent }) => {
    for (const access_key_id_name of ["DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "HOOK", "AWS_SESSION_TOKEN"]) {
      expectError(await sign(aws({ access_key_id_name })), 403, "sign_not_allowed");
    }
    expectError(await sign(aws({ session_token_name: "DB_PASSWORD" })), 403, "sign_not_allowed");
    expectError(await sign(aws({ access_key_id: "AKIA1234" })), 400, "request_invalid");
    await give("other/aws_access_key_id", { value: "a secret/that is no id" }, {
      env_var_name: "B_AWS_ACCESS_KEY_ID",
    });
    const token = await tokenFor([...NAMES, "B_AWS_ACCESS_KEY_ID"]);
    const answer = await agent.postSigned(PATH, token, aws({ access_key_id_name: "B_AWS_ACCESS_KEY_ID" }));
    expectError(answer, 422, "sign_key_unfit");
  }),
);

Deno.test(
  "a secret access key signs no messages, unless its grant says so: an HMAC of it is AWS's older signature",
  withStage(async ({ h, sign, give, tokenFor, agent }) => {
    expectError(await sign(hmac({ name: "AWS_SECRET_ACCESS_KEY" })), 403, "sign_not_allowed");
    const { grantId } = await give("b", { value: AWS_SECRET }, { env_var_name: "B_AWS_SECRET_ACCESS_KEY" });
    expectOk(
      await h.admin.put(`/admin/projects/shop/grants/${grantId}`, { sign: { kinds: ["aws", "hmac"] } }),
    );
    const token = await tokenFor([...NAMES, "B_AWS_SECRET_ACCESS_KEY"]);
    expectOk(await agent.postSigned(PATH, token, hmac({ name: "B_AWS_SECRET_ACCESS_KEY" })));
  }),
);

Deno.test(
  "a grant limits what its key signs, and what breaks a limit is refused before the key is open",
  withStage(async (stage) => {
    const { h, agent, give, tokenFor } = stage;
    const sign = {
      services: ["s3", "sqs"],
      hosts: ["*.eu-central-1.amazonaws.com", "minio.local:9000"],
      methods: ["GET"],
      presign_seconds: 60,
      kinds: ["aws", "jwt"],
      audiences: ["them", "us"],
      jwt_seconds: 30,
    };
    const { grantId } = await give("l", { value: AWS_SECRET }, {
      env_var_name: "L_AWS_SECRET_ACCESS_KEY",
      sign,
    });
    await give("m", { value: JWT_KEY }, { env_var_name: "L_ID_KEY", sign });
    const listed = expectOk<{ id: string; env_var_name: string; sign?: unknown }[]>(
      await h.admin.get("/admin/projects/shop/grants"),
    );
    assert.deepEqual(listed.find(({ id }) => id === grantId)?.sign, sign);
    assert.ok(!("sign" in (listed.find(({ env_var_name }) => env_var_name === "HOOK") ?? { sign })));
    const token = await tokenFor([...NAMES, "L_AWS_SECRET_ACCESS_KEY", "L_ID_KEY"]);
    const ask = (body: unknown) => agent.postSigned(PATH, token, body);
    const limited = (more: object) => aws({ name: "L_AWS_SECRET_ACCESS_KEY", ...more });
    const limitedJwt = (more: object) => jwt({ name: "L_ID_KEY", ttl_seconds: 30, ...more });
    for (
      const good of [
        limited({}),
        limited({ host: "minio.local:9000" }),
        limited({ presign_seconds: 60 }),
        limitedJwt({}),
        limitedJwt({ claims: { aud: ["us", "them"] } }),
      ]
    ) expectOk(await ask(good));
    const broken: readonly (readonly [unknown, string | undefined])[] = [
      [limited({ service: "dynamodb" }), "services"],
      [limited({ host: "bucket.s3.us-east-1.amazonaws.com" }), "hosts"],
      [limited({ host: "eu-central-1.amazonaws.com" }), "hosts"],
      [limited({ host: "minio.local" }), "hosts"],
      [limited({ method: "DELETE" }), "methods"],
      [limited({ presign_seconds: 61 }), "presign_seconds"],
      [limitedJwt({ claims: { aud: "others" } }), "audiences"],
      [limitedJwt({ claims: { aud: ["us", "others"] } }), "audiences"],
      [limitedJwt({ claims: { aud: [] } }), "audiences"],
      [limitedJwt({ claims: {} }), "audiences"],
      [limitedJwt({ ttl_seconds: 31 }), undefined],
      [hmac({ name: "L_ID_KEY" }), "kinds"],
    ];
    const before = (await signRows(stage)).filter(({ status }) => status === "success").length;
    for (const [body, limit] of broken) {
      const answer = await ask(body);
      expectError(answer, 403, "sign_not_allowed");
      assert.equal(answer.json<{ details?: { limit?: string } }>().details?.limit, limit);
    }
    assert.equal((await signRows(stage)).filter(({ status }) => status === "success").length, before);
    expectOk(await h.admin.put(`/admin/projects/shop/grants/${grantId}`, { sign: {} }));
    expectOk(await ask(limited({ service: "dynamodb" })));
    const wrong = { sign: { everything: true } };
    expectError(await h.admin.put(`/admin/projects/shop/grants/${grantId}`, wrong), 400, "request_invalid");
  }),
);

Deno.test(
  "no request to a service that answers with credentials is signed, unless the grant names the service",
  withStage(async ({ h, agent, give, tokenFor, sign }) => {
    for (const service of ["sts", "iam", "sso", "s3express"]) {
      const answer = await sign(aws({ service, host: `${service}.amazonaws.com` }));
      expectError(answer, 403, "sign_not_allowed");
      assert.match(answer.text, /all but those that hand out credentials/);
    }
    const { grantId } = await give("sts", { value: AWS_SECRET }, { sign: { services: ["sts"] } });
    const token = await tokenFor([...NAMES, "STS"]);
    const ask = (service: string) => agent.postSigned(PATH, token, aws({ name: "STS", service }));
    expectOk(await ask("sts"));
    expectError(await ask("s3"), 403, "sign_not_allowed");
    expectOk(await h.admin.put(`/admin/projects/shop/grants/${grantId}`, { sign: {} }));
    expectError(await ask("sts"), 403, "sign_not_allowed");
  }),
);

Deno.test(
  "an approval for one release is one signature, whatever it needs",
  withStage(async ({ h, agent, give }) => {
    await give("one/aws_secret_access_key", { value: AWS_SECRET }, {
      env_var_name: "ONE_AWS_SECRET_ACCESS_KEY",
    });
    await give("one/aws_access_key_id", { value: AWS_ID }, { env_var_name: "ONE_AWS_ACCESS_KEY_ID" });
    const names = ["ONE_AWS_SECRET_ACCESS_KEY", "ONE_AWS_ACCESS_KEY_ID"];
    const asked = await agent.discover("shop", names, { regenerate: true });
    const { details } = asked.json<{ details: { grant_id: string } }>();
    expectOk(await h.admin.post(`/admin/pending-grants/${details.grant_id}/approve`, { term: "once" }));
    const { project_token } = expectOk<{ project_token: string }>(
      await agent.discover("shop", names, { regenerate: true }),
    );
    const once = () =>
      agent.postSigned(PATH, project_token, aws({ name: names[0], access_key_id_name: names[1] }));
    expectOk(await once());
    const second = await once();
    expectError(second, 403, "sign_key_not_granted");
    // Its daemon asks for a new token then, and that asks a person.
    assert.deepEqual(second.json()["details"], { reason: "approval_removed", more_granted: true });
    const again = await agent.discover("shop", names, { regenerate: true });
    assert.equal(again.json()["error_code"], "pending_approval");
  }),
);

Deno.test(
  "a JWT lives an hour at most, and longer only where its grant says so",
  withStage(async ({ sign, give, tokenFor, agent }) => {
    expectOk(await sign(jwt({ ttl_seconds: 3600 })));
    expectError(await sign(jwt({ ttl_seconds: 3601 })), 403, "sign_not_allowed");
    expectError(await sign(jwt({ claims: { exp: 9_999_999_999 } })), 400, "request_invalid");
    await give("long", { value: JWT_KEY }, { sign: { jwt_seconds: 7200 } });
    const token = await tokenFor([...NAMES, "LONG"]);
    const answer = await agent.postSigned(PATH, token, jwt({ name: "LONG", ttl_seconds: 7200 }));
    const { iat, exp } = decodeClaims(expectOk<{ token: string }>(answer).token);
    assert.equal(Number(exp) - Number(iat), 7200);
  }),
);

Deno.test(
  "a token signs by the keys of its own scope and by nothing else",
  withStage(async ({ h, agent, give, sign, tokenFor }) => {
    await give("later", { value: HMAC_KEY });
    const answer = await sign(hmac({ name: "LATER" }));
    expectError(answer, 403, "sign_key_not_granted");
    assert.deepEqual(answer.json<{ details: unknown }>().details, { more_granted: true });
    const narrow = await tokenFor(["HOOK"]);
    expectOk(await agent.postSigned(PATH, narrow, hmac()));
    expectError(await agent.postSigned(PATH, narrow, jwt()), 403, "sign_key_not_granted");
    expectError(await agent.postSigned("/project/sign/other", narrow, hmac()), 401, "token_invalid");
    const stranger = await TestAgent.enrol(h, "stranger");
    assert.equal((await stranger.postSigned(PATH, narrow, hmac())).status, 401);
    assert.equal((await h.stranger.post(PATH, hmac())).status, 401);
    const unsigned = { headers: { Authorization: `Bearer ${narrow}` } };
    assert.equal((await agent.client.post(PATH, hmac(), unsigned)).status, 401);
  }),
);

Deno.test(
  "an attestation of one request signs no other",
  withStage(async ({ agent, token, h }) => {
    const text = JSON.stringify(hmac());
    const header = agent.header({ method: "POST", path: PATH }, {
      authTokenId: sha256Hex(token),
      bodySha256: sha256Hex(text),
    });
    const headers = { Authorization: `Bearer ${token}`, "X-Daemon-Attestation": header };
    const other = JSON.stringify(hmac({ message: toBase64(utf8("other")) }));
    assert.equal((await agent.client.post(PATH, other, { headers })).status, 401);
    assert.ok(!(await h.auditRows()).some(({ action, status }) => action === "sign" && status === "success"));
  }),
);

Deno.test(
  "what was taken away signs nothing from the next request on",
  withStage(async ({ h, sign, agent, tokenFor, give }) => {
    const { grantId } = await give("gone", { value: HMAC_KEY });
    const again = await give("again", { value: HMAC_KEY });
    await give("bound", { value: HMAC_KEY });
    const token = await tokenFor([...NAMES, "GONE", "AGAIN", "BOUND"]);
    const by = (name: string) => agent.postSigned(PATH, token, hmac({ name }));
    for (const name of ["GONE", "AGAIN", "BOUND"]) expectOk(await by(name));
    expectOk(await h.admin.delete(`/admin/projects/shop/grants/${grantId}`));
    expectError(await by("GONE"), 403, "sign_key_not_granted");
    expectOk(await h.admin.delete(`/admin/secrets/${again.secretId}`));
    expectError(await by("AGAIN"), 403, "sign_key_not_granted");
    const grants = expectOk<{ id: string; env_var_name: string }[]>(
      await h.admin.get("/admin/projects/shop/grants"),
    );
    const bound = grants.find(({ env_var_name }) => env_var_name === "BOUND")?.id;
    expectOk(await h.admin.put(`/admin/projects/shop/grants/${bound}`, { bound: true }));
    const answer = await by("BOUND");
    expectError(answer, 403, "sign_key_not_granted");
    assert.match(answer.text, /approved commands only/);
    const policy = { policy_name: "p", agent_pattern: "*", allowed_paths: ["*"], denied_paths: ["hooks/*"] };
    expectOk(await h.admin.post("/admin/policies", policy), 201);
    const kept = await by("HOOK");
    expectError(kept, 403, "sign_key_not_granted");
    assert.match(kept.text, /A policy keeps this key/);
    expectOk(await h.admin.post("/admin/projects/shop/freeze", {}));
    expectError(await by("ID_KEY"), 403, "project_frozen");
    assert.equal((await sign(jwt())).status, 401);
  }),
);

Deno.test(
  "what is no key that is stored by itself signs nothing",
  withStage(async (stage) => {
    const { give, tokenFor, agent } = stage;
    await give("ssh", { secret_type: "SSH_KEY", value: newSshLogin().privateKey });
    await give("conf", { secret_type: "JSON_CONFIG", value: '{"key":"canary"}' });
    await give("tmpl", { secret_type: "TEMPLATE_CONFIG", value: "{{HOOK}}" });
    await give("bytes", { value: toBase64(BINARY_KEY), encoding: "base64" });
    const token = await tokenFor([...NAMES, "SSH", "CONF", "TMPL", "BYTES"]);
    for (const name of ["SSH", "CONF", "TMPL"]) {
      expectError(await agent.postSigned(PATH, token, jwt({ name })), 422, "sign_key_unfit");
    }
    assert.equal((await signRows(stage)).length, 0, "none of them was opened");
    const mac = createHmac("sha256", BINARY_KEY).update("hello").digest("base64");
    assert.deepEqual(expectOk(await agent.postSigned(PATH, token, hmac({ name: "BYTES" }))), {
      kind: "hmac",
      mac,
    });
    expectError(await agent.postSigned(PATH, token, jwt({ name: "BYTES" })), 422, "sign_key_unfit");
    // The row before said that a signature would be made.
    const last = await lastRow(stage.h, "sign");
    assert.equal(last.status, "denied:sign_key_unfit");
    assert.deepEqual(JSON.parse(last.details ?? "{}").keys, []);
  }),
);

for (const part of ["name", "access_key_id_name", "session_token_name"]) {
  for (const granted of [true, false]) {
    Deno.test(
      `a decoy as ${part} that is ${granted ? "granted" : "granted to nobody"} is an alarm and signs nothing`,
      withStage(async (stage) => {
        const { h, agent, give, token } = stage;
        const bait = {
          key_path: "prod/bait",
          secret_type: "KEY_VALUE",
          value: AWS_SECRET,
          is_honey_token: true,
        };
        if (granted) await give("prod/bait", bait);
        else expectOk(await h.admin.post("/admin/secrets", bait), 201);
        const answer = await agent.postSigned(PATH, token, aws({ [part]: "BAIT" }));
        expectError(answer, 401, "token_invalid");
        assert.equal((await lastRow(h, "honey_token_access")).status, "alarm");
        assert.equal((await signRows(stage)).filter(({ status }) => status === "success").length, 0);
        assert.equal((await agent.postSigned(PATH, token, hmac())).status, 401);
      }),
    );
  }
}

Deno.test(
  "no row, no signature: where the row cannot be written no key is opened",
  withStage(async ({ h, sign }) => {
    let opened = 0;
    const open = h.vault.open.bind(h.vault);
    h.vault.open = (...args) => {
      opened++;
      return open(...args);
    };
    const permit = h.ledger.permit.bind(h.ledger);
    h.ledger.permit = () => Promise.reject(new Error("the disk is full"));
    for (const request of [hmac(), jwt(), aws(), aws({ presign_seconds: 60 })]) {
      const answer = await sign(request);
      assert.ok(answer.status >= 500, answer.text);
      assert.doesNotMatch(answer.text, /mac|token"|Signature|headers|query"/);
    }
    assert.equal(opened, 0);
    h.ledger.permit = permit;
    expectOk(await sign(aws()));
    assert.equal(opened, 2);
  }),
);

Deno.test(
  "the row is on disk when the key is opened",
  withStage(async ({ h, sign }) => {
    const other = new DatabaseSync(h.path, { readOnly: true });
    const count = other.prepare("SELECT count(*) AS n FROM audit_log WHERE action = 'sign'");
    const seen: unknown[] = [];
    const open = h.vault.open.bind(h.vault);
    h.vault.open = (...args) => {
      seen.push(count.get()?.["n"]);
      return open(...args);
    };
    expectOk(await sign(hmac()));
    expectOk(await sign(jwt()));
    assert.deepEqual(seen, [1, 2]);
    other.close();
  }),
);
