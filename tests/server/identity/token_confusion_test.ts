/**
 * The token confusion matrix: every kind of credential at every row of the access table, in every place where a credential
 * can stand. Only the right one in its own place passes; all others get a 401, and nothing ever a 500.
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { SignJWT, UnsecuredJWT } from "jose";
import { DAY, unixSeconds } from "../../../shared/clock.ts";
import { generateSeed, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { toBase64Url, utf8 } from "../../../shared/encoding.ts";
import { signAuthProof } from "../../../shared/proofs/auth_proof.ts";
import { accessRow, ROUTE_KEYS, type RouteKey } from "../../../server/access_table.ts";
import { signToken } from "../../../server/identity/jwt.ts";
import { expectOk } from "../support/expect.ts";
import { enter } from "../support/people.ts";
import { ADMIN_TOKEN, type Answer, type Harness, withHarness } from "../support/harness.ts";
import { decodeClaims, storeAndGrant, TestAgent } from "../support/test_agent.ts";

const PROJECT = "p";

interface Cast {
  readonly agent: TestAgent;
  /** Every credential by its name. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** Each request from an address of its own: nobody is throttled. */
let address = 0;
const freshAddress = () => {
  address++;
  return `10.${address >> 16 & 255}.${address >> 8 & 255}.${address & 255}`;
};

async function castOf(h: Harness): Promise<Cast> {
  // The agent is named as the project: nothing but the kind of a token tells the two apart (lesson B10).
  const agent = await TestAgent.enrol(h, PROJECT);
  await storeAndGrant(h, PROJECT, "key");
  const found = await agent.obtain(PROJECT, ["KEY"], { signed: true });
  const device = await h.stranger.post("/device/authorize", {}, { address: freshAddress() });
  const signed = String(found.signed_project_token);
  const { browser } = await enter(h, "person@example.com", [{ role: "super-admin", namespaces: null }]);
  const made = await browser.post("/admin/api-tokens", {
    name: "all",
    rights: ["metadata.read", "secret.read", "access.write"],
    expires_in_days: 1,
  });
  const apiToken = expectOk<{ token: string }>(made, 201).token;
  const invited = await h.admin.post("/admin/people", { email: "invited@example.com", roles: [] });
  // What only waits for somebody ends here, and is answered at once.
  await h.app.endStreams();
  return {
    agent,
    credentials: {
      admin: ADMIN_TOKEN,
      opaque: found.project_token,
      signed,
      daemon: agent.accessToken,
      proof: signAuthProof(agent.key, { ts: agent.seconds, nonce: "00".repeat(8), agentId: PROJECT }),
      device_code: expectOk<{ device_code: string }>(device).device_code,
      session: agent.sessionId,
      person_session: browser.cookie.split("=")[1] ?? "",
      csrf_token: browser.csrf,
      api_token: apiToken,
      api_token_cut: apiToken.slice(0, -1),
      api_token_bare: apiToken.slice("cxp_".length),
      invitation: expectOk<{ code: string }>(invited, 201).code,
      ...await forgeries(h, "project", decodeClaims(signed)),
      ...await forgeries(h, "daemon", decodeClaims(agent.accessToken)),
      ...GARBAGE,
    },
  };
}

const GARBAGE = {
  letters: "nonsense",
  hex: "ab".repeat(32),
  dots: "..",
  three_parts: "a.b.c",
  many_dots: ".".repeat(500),
  json: '{"alg":"none"}',
  no_claims: `${toBase64Url(utf8('{"alg":"EdDSA"}'))}..`,
  long: "a".repeat(7_000),
  half_admin: ADMIN_TOKEN.slice(0, -1),
  more_than_admin: `${ADMIN_TOKEN}x`,
};

/** Good claims in every wrong dress, and wrong claims in the right one. */
async function forgeries(h: Harness, kind: string, claims: Record<string, unknown>) {
  const { current } = h.signingKeys;
  const now = unixSeconds(h.clock.now());
  const header = { alg: "EdDSA", kid: current.kid, typ: "JWT" };
  const by = (over: object, key: Parameters<SignJWT["sign"]>[0] = current.key) =>
    new SignJWT(claims).setProtectedHeader({ ...header, ...over }).sign(key);
  const publicKey = publicKeyOf(current.key);
  const { aud, ...withoutAudience } = claims;
  const { exp: _exp, ...withoutEnd } = claims;
  const { jti: _jti, ...withoutId } = claims;
  const forged = {
    alg_none: new UnsecuredJWT(claims).encode(),
    hs256_public: await by({ alg: "HS256" }, publicKey),
    hs256_text: await by({ alg: "HS256" }, Buffer.from(toBase64Url(publicKey))),
    other_key: await by({}, signingKey(generateSeed())),
    unknown_kid: await by({ kid: crypto.randomUUID() }),
    no_kid: await by({ kid: undefined }),
    other_typ: await by({ typ: "at+jwt" }),
    no_typ: await by({ typ: undefined }),
    expired: await signToken(current, { ...claims, exp: now - 1 }),
    no_exp: await signToken(current, withoutEnd),
    not_yet: await signToken(current, { ...claims, nbf: now + 600 }),
    other_issuer: await signToken(current, { ...claims, iss: "https://elsewhere.example" }),
    other_audience: await signToken(current, {
      ...claims,
      aud: aud === "cortex-cli" ? "cortex-daemon" : "cortex-cli",
    }),
    no_audience: await signToken(current, withoutAudience),
    other_subject: await signToken(current, { ...claims, sub: "another" }),
    unknown_jti: await signToken(current, { ...claims, jti: crypto.randomUUID() }),
    no_jti: await signToken(current, withoutId),
  };
  return Object.fromEntries(Object.entries(forged).map(([name, token]) => [`${kind}_${name}`, token]));
}

/** Where a credential can stand. */
const PLACES = {
  bearer: (text: string) => ({ Authorization: `Bearer ${text}` }),
  basic: (text: string) => ({ Authorization: `Basic ${toBase64Url(utf8(text))}` }),
  bare: (text: string) => ({ Authorization: text }),
  admin_header: (text: string) => ({ "X-Admin-Token": text }),
  cookie: (text: string) => ({ Cookie: `token=${encodeURIComponent(text)}` }),
  session_cookie: (text: string) => ({ Cookie: `cortex-session=${encodeURIComponent(text)}` }),
  page_cookie: (text: string) => ({ Cookie: `cortex-page=${encodeURIComponent(text)}` }),
} as const;
type Place = keyof typeof PLACES;

/** The only credentials in the only places that a caller kind lets in. */
const RIGHT: Readonly<Record<string, readonly (readonly [string, Place])[]>> = {
  admin: [["admin", "admin_header"], ["person_session", "session_cookie"], ["api_token", "bearer"]],
  daemon: [["daemon", "bearer"]],
  project: [["opaque", "bearer"], ["signed", "bearer"]],
};

const isRight = (caller: string, name: string, place: Place) =>
  (RIGHT[caller] ?? []).some(([who, where]) => who === name && where === place);

interface Target {
  readonly key: RouteKey;
  readonly method: string;
  readonly path: string;
}

function targetOf(key: RouteKey): Target {
  const [method = "", pattern = ""] = key.split(" ");
  const path = pattern.replace(":project", PROJECT).replace(/:\w+/g, "00000000-0000-4000-8000-000000000000");
  return { key, method, path };
}

/** The attestation is good for whatever the bearer is: it must not be what refuses. */
function send(cast: Cast, { method, path }: Target, text: string, place: Place): Promise<Answer> {
  const { agent } = cast;
  const body = method === "GET" || method === "DELETE" ? undefined : "{}";
  const header = agent.header({ method, path }, {
    authTokenId: tokenId(text),
    bodySha256: sha256Hex(body ?? ""),
  });
  return agent.client.send(method, path, {
    address: freshAddress(),
    headers: { "X-Daemon-Attestation": header, ...PLACES[place](text) },
    ...(body === undefined ? {} : { body }),
  });
}

function tokenId(text: string): string {
  try {
    const { jti } = decodeClaims(text);
    return typeof jti === "string" ? jti : sha256Hex(text);
  } catch {
    return sha256Hex(text);
  }
}

const guarded = ROUTE_KEYS.filter((key) => accessRow(key).caller in RIGHT).map(targetOf);

Deno.test(
  "the matrix: no credential passes at a route of another kind or in a wrong place, and none ends in a 500",
  withHarness(async (h) => {
    const cast = await castOf(h);
    let tried = 0;
    for (const target of guarded) {
      const { caller } = accessRow(target.key);
      for (const [name, text] of Object.entries(cast.credentials)) {
        for (const place of Object.keys(PLACES) as Place[]) {
          if (isRight(caller, name, place)) continue;
          const answer = await send(cast, target, text, place);
          assert.equal(
            answer.status,
            401,
            `${name} as ${place} at ${target.key}: ${answer.status} ${answer.text}`,
          );
          tried++;
        }
      }
      const nothing = await h.stranger.send(target.method, target.path, { address: freshAddress() });
      assert.equal(nothing.status, 401, target.key);
    }
    assert.ok(tried > 10_000, `${tried} combinations`);
  }),
);

for (const target of guarded) {
  const { caller } = accessRow(target.key);
  Deno.test(
    `the matrix: the right credential passes at ${target.key}`,
    withHarness(async (h) => {
      const cast = await castOf(h);
      for (const [name, place] of RIGHT[caller] ?? []) {
        const answer = await send(cast, target, cast.credentials[name] ?? "", place);
        assert.notEqual(answer.status, 401, `${name}: ${answer.text}`);
        assert.notEqual(answer.status, 500, `${name}: ${answer.text}`);
      }
    }),
  );
}

Deno.test(
  "the matrix: at public routes no credential matters, and none ends in a 500",
  withHarness(async (h) => {
    const cast = await castOf(h);
    const open = ROUTE_KEYS.filter((key) => accessRow(key).caller === "public").map(targetOf);
    for (const target of open) {
      for (const [name, text] of Object.entries(cast.credentials)) {
        for (const place of ["bearer", "admin_header"] as const) {
          const answer = await send(cast, target, text, place);
          assert.ok(answer.status < 500 || answer.status === 503, `${name} at ${target.key}: ${answer.text}`);
        }
      }
    }
  }),
);

Deno.test(
  "the matrix: only a fresh proof of the agent's own key passes at discover, whatever else is sent",
  withHarness(async (h) => {
    const cast = await castOf(h);
    const { agent, credentials } = cast;
    for (const [name, text] of Object.entries(credentials)) {
      const forged = await agent.discover(PROJECT, ["KEY"], { body: { auth_proof: text } });
      assert.ok([400, 401].includes(forged.status), `${name} as auth_proof: ${forged.status} ${forged.text}`);
      for (const place of Object.keys(PLACES) as Place[]) {
        const answer = await send(cast, targetOf("POST /agent/discover"), text, place);
        assert.ok([400, 401].includes(answer.status), `${name} as ${place}: ${answer.status} ${answer.text}`);
      }
    }
    expectOk(await agent.discover(PROJECT, ["KEY"], { regenerate: true }));
  }),
);

Deno.test(
  "the matrix: a token of a key that was destroyed is nothing, and one past its end neither",
  withHarness(async (h) => {
    const cast = await castOf(h);
    const previous = h.signingKeys.current.kid;
    expectOk(await h.admin.post("/admin/signing-keys/rotate", { immediate: true }));
    expectOk(await h.admin.delete(`/admin/signing-keys/${previous}?invalidate=true`));
    const [attest, read] = [targetOf("POST /daemon/attest"), targetOf("GET /project/secrets/:project")];
    assert.equal((await send(cast, attest, cast.credentials["daemon"] ?? "", "bearer")).status, 401);
    assert.equal((await send(cast, read, cast.credentials["signed"] ?? "", "bearer")).status, 401);
    h.clock.advance(14 * DAY);
    assert.equal((await send(cast, read, cast.credentials["opaque"] ?? "", "bearer")).status, 401);
  }),
);
