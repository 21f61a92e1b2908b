import assert from "node:assert/strict";
import { checkContinuations } from "../../../cli/audit/heads_client.ts";
import type { AuditHead } from "../../../shared/audit/head.ts";
import { headMessage } from "../../../shared/audit/head.ts";
import type { ServerClient } from "../../../shared/client/server_client.ts";
import { publicKeyOf, sign, signingKey } from "../../../shared/crypto/ed25519.ts";
import { VaultError } from "../../../shared/errors.ts";
import { toBase64Url } from "../../../shared/encoding.ts";

const key = signingKey(new Uint8Array(32).fill(7));

function headOf(tree_size: number, root = "ab"): AuditHead {
  const facts = { tree_size, root_hash: root.repeat(32), timestamp: 1 };
  const signature = toBase64Url(sign(key, headMessage(facts)));
  return { ...facts, public_key: toBase64Url(publicKeyOf(key)), signature };
}

/** A server whose log has one state, and that now and then has enough of questions. */
function serverOf(head: AuditHead, refuses: (asked: number) => boolean) {
  const asked: string[] = [];
  const client: Pick<ServerClient, "requestJson"> = {
    requestJson: (_method, path, { parse }) => {
      asked.push(path);
      if (refuses(asked.length)) {
        return Promise.reject(
          new VaultError("request.rate_limited", "Too many requests; try again in 3 s", { retryAfter: 3 }),
        );
      }
      const answer = parse({ from: head.tree_size, proof: [], head });
      assert.ok(answer !== undefined);
      return Promise.resolve(answer);
    },
  };
  return { client, asked };
}

Deno.test("checkContinuations waits where the server answers no more at once, and asks again", async () => {
  const server = serverOf(headOf(9), (asked) => asked === 1);
  const waits: number[] = [];
  await checkContinuations(server.client, [headOf(9)], {
    sleep: (milliseconds) => Promise.resolve(void waits.push(milliseconds)),
    onProgress: () => {},
  });
  assert.deepEqual(waits, [3_000]);
  assert.equal(server.asked.length, 2);
});

Deno.test("checkContinuations asks once for a head that was kept often, and for each of two of one size", async () => {
  const server = serverOf(headOf(9), () => false);
  const tools = { sleep: () => Promise.resolve(), onProgress: () => {} };
  await checkContinuations(server.client, [headOf(9), headOf(9), headOf(9)], tools);
  assert.equal(server.asked.length, 1);
  await assert.rejects(
    checkContinuations(server.client, [headOf(9), headOf(9, "cd")], tools),
    { code: "audit.broken" },
  );
});
