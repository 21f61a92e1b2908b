import assert from "node:assert/strict";
import { isLoopbackHost, ServerClient, serverPath } from "../../../shared/client/server_client.ts";
import { VaultError } from "../../../shared/errors.ts";

type Handler = (request: Request) => Response | Promise<Response>;

function clientOf(
  handler: Handler,
  options: { timeoutMs?: number; maxResponseBytes?: number } = {},
): ServerClient {
  return new ServerClient({
    baseUrl: "https://vault.example/",
    fetch: (input, init) => Promise.resolve(handler(new Request(input, init))),
    ...options,
  });
}

async function failure(promise: Promise<unknown>): Promise<VaultError> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof VaultError, String(error));
  return error;
}

function refusal(body: unknown, status: number, headers: Record<string, string> = {}): Handler {
  return () => Response.json(body, { status, headers });
}

Deno.test("request gives status, headers and body of a 2xx answer", async () => {
  const client = clientOf((request) => new Response(`${request.method} ${request.url}`, { status: 201 }));
  const { status, body } = await client.request("POST", "/a/b", { body: "{}" });
  assert.equal(status, 201);
  assert.equal(new TextDecoder().decode(body), "POST https://vault.example/a/b");
});

Deno.test("request keeps the path of its base address", async () => {
  const client = new ServerClient({
    baseUrl: "https://vault.example/prefix/",
    fetch: (input) => Promise.resolve(new Response(String(input))),
  });
  const { body } = await client.request("GET", "/healthz");
  assert.equal(new TextDecoder().decode(body), "https://vault.example/prefix/healthz");
});

Deno.test("a body is JSON unless a header says otherwise, and no body has no type", async () => {
  const client = clientOf((request) => new Response(request.headers.get("Content-Type") ?? "none"));
  const type = async (options: Parameters<ServerClient["request"]>[2]) =>
    new TextDecoder().decode((await client.request("POST", "/", options)).body);
  assert.equal(await type({ body: "{}" }), "application/json");
  assert.equal(await type({ body: "x", headers: { "content-type": "text/plain" } }), "text/plain");
  assert.equal(await type({}), "none");
});

Deno.test("a server's error becomes its code, message, details and retry time", async () => {
  const body = { error: "Waits", error_code: "pending_approval", details: { grant_id: "g" } };
  const error = await failure(clientOf(refusal(body, 403, { "Retry-After": "7" })).request("GET", "/"));
  assert.equal(error.code, "grant.pending");
  assert.equal(error.message, "Waits");
  assert.deepEqual(error.details, { grant_id: "g" });
  assert.equal(error.retryAfter, 7);
});

Deno.test("an unknown code is guessed from the status and kept in the details", async () => {
  const error = await failure(
    clientOf(refusal({ error: "No", error_code: "new_thing" }, 403)).request("GET", "/"),
  );
  assert.equal(error.code, "auth.invalid");
  assert.deepEqual(error.details, { http_status: 403, wire_code: "new_thing" });
});

Deno.test("the predecessor's bare errors have a code and their status", async () => {
  const cases = [
    [400, "request.invalid"],
    [401, "auth.invalid"],
    [404, "request.route_not_found"],
    [
      409,
      "request.invalid",
    ],
    [415, "request.unsupported_media_type"],
    [429, "request.rate_limited"],
    [500, "server.internal"],
    [
      503,
      "server.busy",
    ],
  ] as const;
  for (const [status, code] of cases) {
    const error = await failure(clientOf(() => new Response("plain text", { status })).request("GET", "/"));
    assert.equal(error.code, code);
    assert.equal(error.details?.http_status, status);
  }
});

Deno.test("a redirect is refused and not followed", async () => {
  const urls: string[] = [];
  const client = clientOf((request) => {
    urls.push(request.url);
    return new Response(null, { status: 302, headers: { Location: "https://evil.example/" } });
  });
  const error = await failure(client.request("GET", "/", { headers: { Authorization: "Bearer CANARY" } }));
  assert.equal(error.code, "server.untrusted");
  assert.deepEqual(urls, ["https://vault.example/"]);
});

Deno.test("fetch itself is told not to follow redirects", async () => {
  let redirect: string | undefined;
  const client = new ServerClient({
    baseUrl: "https://vault.example",
    fetch: (_, init) => {
      redirect = init?.redirect;
      return Promise.resolve(new Response());
    },
  });
  await client.request("GET", "/");
  assert.equal(redirect, "manual");
});

Deno.test("a network that fails is server.unreachable, names the address and says what to do", async () => {
  const client = clientOf(() => Promise.reject(new TypeError("tcp connect error CANARY")));
  const error = await failure(client.request("GET", "/", { headers: { Authorization: "Bearer CANARY" } }));
  assert.equal(error.code, "server.unreachable");
  assert.match(error.message, /https:\/\/vault\.example; check/);
  assert.doesNotMatch(error.message, /CANARY/);
});

Deno.test("a certificate that is not trusted is server.untrusted", async () => {
  const client = clientOf(() => Promise.reject(new TypeError("invalid peer certificate: UnknownIssuer")));
  assert.equal((await failure(client.request("GET", "/"))).code, "server.untrusted");
});

Deno.test("a server that does not answer in time is server.unreachable", async () => {
  const hang: Handler = (request) =>
    new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)));
  const client = clientOf(hang, { timeoutMs: 5 });
  const error = await failure(client.request("GET", "/"));
  assert.equal(error.code, "server.unreachable");
  assert.match(error.message, /did not answer within/);
});

Deno.test("a caller's own abort stays the caller's", async () => {
  const controller = new AbortController();
  const client = clientOf(() => {
    controller.abort(new Error("my own"));
    return Promise.reject(controller.signal.reason);
  });
  await assert.rejects(client.request("GET", "/", { signal: controller.signal }), /my own/);
});

Deno.test("an answer larger than the limit is refused", async () => {
  const client = clientOf(() => new Response("x".repeat(101)), { maxResponseBytes: 100 });
  assert.equal((await failure(client.request("GET", "/"))).code, "server.untrusted");
});

Deno.test("requestJson refuses what is no JSON and what its parser refuses", async () => {
  const text = (value: unknown) => typeof value === "string" ? value : undefined;
  assert.equal(await clientOf(() => Response.json("yes")).requestJson("GET", "/", { parse: text }), "yes");
  for (const answer of ["<html>", "{}"]) {
    const error = await failure(
      clientOf(() => new Response(answer)).requestJson("GET", "/", { parse: text }),
    );
    assert.equal(error.code, "server.untrusted");
  }
});

Deno.test("B25: plain http is for this machine only, unless it is allowed", () => {
  const make = (baseUrl: string, allowInsecureHttp = false) =>
    new ServerClient({ baseUrl, allowInsecureHttp });
  for (
    const good of ["http://127.0.0.1:3000", "http://localhost", "http://[::1]:1", "https://vault.example"]
  ) {
    assert.equal(make(good).baseUrl, good);
  }
  for (const bad of ["http://vault.example", "http://127.0.0.1.evil.example", "http://10.0.0.1"]) {
    assert.throws(
      () => make(bad),
      (error) => error instanceof VaultError && error.code === "server.untrusted",
    );
    assert.equal(make(bad, true).baseUrl, bad);
  }
});

Deno.test("an address that is none, or holds a password or query, is refused without being quoted", () => {
  for (
    const bad of ["", "vault", "ftp://x", "https://u:CANARY@x", "https://x/?CANARY", "https://x/#CANARY"]
  ) {
    assert.throws(
      () => new ServerClient({ baseUrl: bad }),
      (error) =>
        error instanceof VaultError && error.code === "request.invalid" && !error.message.includes("CANARY"),
    );
  }
});

Deno.test("serverPath encodes each segment and refuses those that would move the path", () => {
  assert.equal(serverPath("project", "secrets", "my app/é"), "/project/secrets/my%20app%2F%C3%A9");
  for (const bad of ["", ".", ".."]) assert.throws(() => serverPath("a", bad), VaultError);
});

Deno.test("isLoopbackHost knows this machine and nobody else", () => {
  for (const own of ["localhost", "x.localhost", "127.0.0.1", "127.9.9.9", "[::1]"]) {
    assert.ok(isLoopbackHost(own));
  }
  for (const other of ["127.0.0.1.example", "localhost.example", "[::2]", "1127.0.0.1"]) {
    assert.ok(!isLoopbackHost(other));
  }
});
