/**
 * What users of the predecessor type to begin: its variables, its addresses, `cortex-cli`, plain HTTP on loopback, and the daemon
 * before the login, as its README has it (lesson A15). Registering the agent and the grant are steps that README leaves out.
 */

import assert from "node:assert/strict";
import { withTempDir } from "../support/paths.ts";
import { readBlocks } from "./markdown.ts";
import { Reader } from "./reader.ts";

const QUICK_START = `
<!-- run: background -->
\`\`\`sh
DATABASE_URL=sqlite://cortex-auth.db ADMIN_TOKEN=the-token-of-old cortex-server
\`\`\`

\`\`\`sh
export ADMIN_TOKEN=the-token-of-old
curl -sSf -X POST http://localhost:3000/admin/secrets -H "X-Admin-Token: $ADMIN_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{"key_path":"openai_api_key","secret_type":"KEY_VALUE","value":"sk-your-key-0123456789"}'
\`\`\`

\`\`\`sh
curl -sSf -X POST http://localhost:3000/admin/projects/my-app/grants -H "X-Admin-Token: $ADMIN_TOKEN" \\
  -H "Content-Type: application/json" -d '{"secret_id":"SECRET-ID"}'
\`\`\`

\`\`\`sh
curl -sSf -X POST http://localhost:3000/admin/agents -H "X-Admin-Token: $ADMIN_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d "{\\"agent_id\\":\\"my-agent\\",\\"agent_pub\\":\\"$(cortex-cli gen-key --agent-id my-agent)\\"}"
\`\`\`

<!-- run: background -->
\`\`\`sh
cortex-daemon
\`\`\`

<!-- run: background -->
\`\`\`sh
cortex-cli daemon login --url http://localhost:3000
\`\`\`

\`\`\`sh
curl -sSf -X POST http://localhost:3000/admin/web/device/approve -H "X-Admin-Token: $ADMIN_TOKEN" \\
  -H "Content-Type: application/json" -d '{"user_code":"ABCD-EFGH","agent_id":"my-agent"}'
until cortex-cli daemon status; do :; done
printf 'OPENAI_API_KEY=\\n' > .env
\`\`\`

<!-- run: exits with 120 -->
\`\`\`sh
cortex-cli run --project my-app --url http://localhost:3000 -- sh -c 'echo "\${#OPENAI_API_KEY} characters"'
\`\`\`

\`\`\`sh
curl -sSf -X POST http://localhost:3000/admin/pending-grants/GRANT-ID/approve -H "X-Admin-Token: $ADMIN_TOKEN" \\
  -H "Content-Type: application/json" -d '{}'
cortex-cli run --project my-app --url http://localhost:3000 -- sh -c 'echo "\${#OPENAI_API_KEY} characters"'
cortex-cli daemon logout
\`\`\`
`;

Deno.test("the predecessor's quick start works word for word", async () => {
  await withTempDir(async (folder) => {
    await using reader = await Reader.sit(folder);
    for (const block of readBlocks("quick start", QUICK_START)) {
      const { code, output } = await reader.type(block);
      assert.equal(code, block.exitCode, `${block.commands} printed:\n${output}`);
    }
    assert.match(reader.printed(), /^22 characters$/m);
  });
});
