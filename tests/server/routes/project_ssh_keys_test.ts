import assert from "node:assert/strict";
import { fromBase64, toBase64 } from "../../../shared/encoding.ts";
import { readAuthRequest } from "../../../shared/ssh/auth_request.ts";
import { sshFingerprint } from "../../../shared/ssh/public_key.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { withHarness } from "../support/harness.ts";
import { newSshLogin } from "../support/ssh_login.ts";
import { storeAndGrant, TestAgent } from "../support/test_agent.ts";

const HOST = `SHA256:${"a".repeat(43)}`;
const OTHER = `SHA256:${"b".repeat(43)}`;
const CONTEXT = { project_name: "p", file_content: "", ssh_keys: true };

Deno.test(
  "an SSH key logs in to the hosts and as the users that its grant says, and nowhere else",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const login = newSshLogin("git");
    const key = await storeAndGrant(h, "p", "deploy", { secret_type: "SSH_KEY", value: login.privateKey });
    const { project_token } = await agent.obtain("p", [], { body: { context: CONTEXT } });
    const sign = (host_key: string | null, data = login.data) =>
      agent.postSigned("/project/ssh-keys/p/sign", project_token, { name: "DEPLOY", data, host_key });
    const limit = async (sign: Record<string, unknown>) =>
      expectOk(await h.admin.put(`/admin/projects/p/grants/${key.grantId}`, { sign }));
    expectOk(await sign(null));
    await limit({ host_keys: [HOST], users: ["git"] });
    expectOk(await sign(HOST));
    for (const elsewhere of [OTHER, null]) expectError(await sign(elsewhere), 403, "sign_not_allowed");
    assert.match((await lastRow(h, "ssh_sign")).status, /^denied:/);
    await limit({ users: ["root"] });
    expectError(await sign(HOST), 403, "sign_not_allowed");
    const wrong = { sign: { host_keys: ["x"] } };
    expectError(await h.admin.put(`/admin/projects/p/grants/${key.grantId}`, wrong), 400, "request_invalid");
  }),
);

Deno.test(
  "the host that is named is the one that the login is bound to",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const login = newSshLogin("git", { hostBound: true });
    const { hostKey = new Uint8Array() } = readAuthRequest(fromBase64(login.data) ?? new Uint8Array()) ?? {};
    await storeAndGrant(h, "p", "deploy", { secret_type: "SSH_KEY", value: login.privateKey });
    const { project_token } = await agent.obtain("p", [], { body: { context: CONTEXT } });
    const sign = (host_key: string | null) =>
      agent.postSigned("/project/ssh-keys/p/sign", project_token, {
        name: "DEPLOY",
        data: login.data,
        host_key,
      });
    expectError(await sign(HOST), 400, "ssh_login_only");
    for (const named of [null, sshFingerprint(hostKey)]) expectOk(await sign(named));
    const row = JSON.parse((await lastRow(h, "ssh_sign")).details ?? "{}");
    assert.equal(row.ssh_host_key, sshFingerprint(hostKey), toBase64(hostKey));
  }),
);
