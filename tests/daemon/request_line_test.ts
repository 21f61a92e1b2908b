import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRequestLine } from "../../daemon/request_line.ts";
import { VaultError } from "../../shared/errors.ts";

const parse = (value: unknown) => parseRequestLine(new TextEncoder().encode(JSON.stringify(value)));
const clean = fc.string().filter((text) => !text.includes("\0"));
const name = fc.string({ minLength: 1 }).filter((text) => !/[=\0]/.test(text));

const PLAIN = { noNullPrototype: true } as const;

const EXEC = fc.record({
  cmd: fc.constant("exec"),
  v: fc.constant(1),
  project: fc.constantFrom("demo", "my app", "ü"),
  program: clean,
  args: fc.array(clean),
  cwd: clean.map((text) => `/${text}`),
  env: fc.array(fc.tuple(name, clean)),
  names: fc.option(fc.array(clean), { nil: null }),
  tty: fc.record({ stdin: fc.boolean(), stdout: fc.boolean(), stderr: fc.boolean() }, PLAIN),
}, PLAIN);

Deno.test("parseRequestLine gives back every exec that a command line can send", () => {
  fc.assert(fc.property(EXEC, (request) => {
    assert.deepEqual(parse(request), request);
  }));
});

const SIGN = fc.record({
  cmd: fc.constant("sign"),
  v: fc.constant(1),
  project: fc.constantFrom("demo", "my app", "ü"),
  cwd: clean.map((text) => `/${text}`),
  request: fc.record({
    kind: clean,
    name: clean,
    access_key_id_name: clean,
    session_token_name: clean,
    claims: fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
  }, { ...PLAIN, requiredKeys: ["kind", "name"] }),
}, PLAIN);

Deno.test("parseRequestLine gives back every sign, with what is in it for the server untouched", () => {
  fc.assert(fc.property(SIGN, (request) => {
    assert.deepEqual(parse(request), JSON.parse(JSON.stringify(request)));
  }));
  const good = { cmd: "sign", v: 1, project: "demo", cwd: "/", request: { kind: "hmac", name: "K" } };
  for (
    const wrong of [{ v: 2 }, { cwd: "here" }, { project: "" }, { request: null }, {
      request: { kind: "hmac" },
    }, {
      request: { kind: "aws", name: "K", access_key_id_name: 7 },
    }]
  ) assert.throws(() => parse({ ...good, ...wrong }), VaultError);
});

Deno.test("parseRequestLine ignores what it does not know", () => {
  assert.deepEqual(parse({ cmd: "status", v: 1, more: [1] }), { cmd: "status", v: 1 });
  const legacy = {
    cmd: "run",
    project: "p",
    program: "true",
    args: null,
    url: "http://x",
    env_file: null,
    more: 1,
  };
  assert.deepEqual(parse(legacy), { cmd: "run", project: "p", program: "true", args: [] });
});

Deno.test("parseRequestLine throws nothing but VaultError, and never quotes the line", () => {
  const canary = "canary-9f2";
  const value = fc.anything({ withNullPrototype: false });
  fc.assert(
    fc.property(
      fc.constantFrom("exec", "run", "sign", canary),
      fc.dictionary(fc.string(), value),
      (cmd, fields) => {
        try {
          parse({ env: canary, ...fields, cmd, args: [canary, 1] });
        } catch (error) {
          assert.ok(error instanceof VaultError);
          assert.ok(!error.message.includes(canary));
        }
      },
    ),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    assert.throws(() => parseRequestLine(bytes), VaultError);
  }));
});
