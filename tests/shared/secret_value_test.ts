import assert from "node:assert/strict";
import { inspect } from "node:util";
import { SecretValue } from "../../shared/secret_value.ts";

const CANARY = "canary-7f3a";

Deno.test("SecretValue shows its bytes to nothing but expose", () => {
  const secret = SecretValue.fromText(CANARY);
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    Deno.inspect(secret),
    Deno.inspect({ deep: [secret] }, { showHidden: true }),
    inspect(secret, { showHidden: true }),
    JSON.stringify({ ...secret }),
    Object.getOwnPropertyNames(secret).join(),
  ].join("\n");
  assert.ok(!shown.includes(CANARY));
  assert.ok(!shown.includes(String(CANARY.charCodeAt(0))));
  assert.equal(new TextDecoder().decode(secret.expose()), CANARY);
});

Deno.test("SecretValue.wipe overwrites the bytes and keeps the length", () => {
  const secret = SecretValue.fromText(CANARY);
  const bytes = secret.expose();
  secret.wipe();
  assert.ok(bytes.every((byte) => byte === 0));
  assert.equal(secret.byteLength, CANARY.length);
});
