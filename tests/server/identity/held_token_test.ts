/** A freeze or a revocation that becomes durable while a read is on its way stops that read too. */

import assert from "node:assert/strict";
import { expectError, expectOk } from "../support/expect.ts";
import { type Answer, type Harness, withHarness } from "../support/harness.ts";
import { newSshLogin } from "../support/ssh_login.ts";
import { storeAndGrant, TestAgent } from "../support/test_agent.ts";

const CANARY = "canary-value-5d20";
const LOGIN = newSshLogin();

/** Lets `stop` become durable after the read was authenticated and decided, and before its own row is. */
function stopBeforePermit(h: Harness, stop: () => Promise<Answer>): void {
  const permit = h.ledger.permit.bind(h.ledger);
  h.ledger.permit = async (...release) => {
    h.ledger.permit = permit;
    expectOk(await stop());
    return await permit(...release);
  };
}

const STOPS: readonly (readonly [path: string, status: number, code: string])[] = [
  ["/admin/agents/agent/freeze", 403, "agent_frozen"],
  ["/admin/projects/p/freeze", 403, "project_frozen"],
  ["/admin/projects/p/revoke", 401, "token_revoked"],
];

async function expectStopped(read: (agent: TestAgent, token: string) => Promise<Answer>): Promise<void> {
  for (const [path, status, code] of STOPS) {
    await withHarness(async (h) => {
      const agent = await TestAgent.enrol(h);
      await storeAndGrant(h, "p", "key", { value: CANARY });
      await storeAndGrant(h, "p", "conf", { secret_type: "JSON_CONFIG", value: `{"a":"${CANARY}"}` });
      await storeAndGrant(h, "p", "deploy", { secret_type: "SSH_KEY", value: LOGIN.privateKey });
      const { project_token } = await agent.obtain("p", "all", { body: sshContext("p") });
      expectOk(await read(agent, project_token));
      stopBeforePermit(h, () => h.admin.post(path, {}));
      const answer = await read(agent, project_token);
      expectError(answer, status, code);
      assert.ok(!answer.text.includes(CANARY));
    })();
  }
}

function sshContext(project_name: string) {
  return { context: { project_name, file_content: "", all_granted: true, ssh_keys: true } };
}

Deno.test("checkStillHeld stops values that were decided before a freeze or a revocation", async () => {
  await expectStopped((agent, token) => agent.read("p", token));
});

Deno.test("checkStillHeld stops a configuration that was decided before a freeze or a revocation", async () => {
  await expectStopped((agent, token) => agent.config("p", "conf", token));
});

Deno.test("checkStillHeld stops a signature that was decided before a freeze or a revocation", async () => {
  await expectStopped((agent, token) =>
    agent.postSigned("/project/ssh-keys/p/sign", token, { name: "DEPLOY", data: LOGIN.data })
  );
});

Deno.test("checkStillHeld stops a signature by a stored key that was decided before a freeze or a revocation", async () => {
  const body = { kind: "hmac", name: "KEY", hash: "sha256", message: "aGk=" };
  await expectStopped((agent, token) => agent.postSigned("/project/sign/p", token, body));
});
