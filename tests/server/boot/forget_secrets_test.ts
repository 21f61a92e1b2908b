import assert from "node:assert/strict";
import { forgetSecrets } from "../../../server/boot/forget_secrets.ts";

Deno.test("B27: forgetSecrets takes the password and the admin token out of the environment, and nothing else", () => {
  const env = new Map([["CORTEX_KEK_PASSWORD", "a"], ["ADMIN_TOKEN", "b"], ["PORT", "3000"], [
    "PATH",
    "/bin",
  ]]);
  forgetSecrets((variable) => env.delete(variable));
  assert.deepEqual([...env.keys()], ["PORT", "PATH"]);
});
