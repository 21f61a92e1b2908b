/** `cortex admin allowlist import` as a real process, against a server that keeps a list. */

import assert from "node:assert/strict";
import { generateSeed, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { type AllowedDaemons, signAllowedDaemons } from "../../../shared/release/allowed_daemons.ts";
import { CliHome, type CliResult } from "../support/cli_home.ts";
import { FakeServer, type Seen } from "../support/fake_server.ts";

const PROJECT_KEY = signingKey(generateSeed());
const OTHER_KEY = signingKey(generateSeed());
const LINUX = "x86_64-unknown-linux-gnu";

const listOf = (version: string, digit: string, key = PROJECT_KEY): AllowedDaemons =>
  signAllowedDaemons(key, {
    version,
    daemons: { [LINUX]: digit.repeat(64), "aarch64-apple-darwin": `${digit}0`.repeat(32) },
  });

interface Stage {
  /** The hashes that the server allows. */
  allowed(): string[];
  import(list: AllowedDaemons, ...options: string[]): Promise<CliResult>;
}

async function withServer(work: (stage: Stage) => Promise<void>): Promise<void> {
  await using home = await CliHome.create();
  const rows: Record<string, unknown>[] = [];
  const add = (body: Record<string, unknown>) => {
    const isThere = rows.some(({ binary_sha256 }) => binary_sha256 === body["binary_sha256"]);
    if (isThere) {
      return Response.json({ error: "It is allowed already", error_code: "allowlist_exists" }, {
        status: 409,
      });
    }
    rows.push({ description: null, version: null, ...body, enabled: 1, created_at: "2026-01-01 00:00:00" });
    return Response.json({ ok: true }, { status: 201 });
  };
  const answer = ({ method, path, body }: Seen) =>
    !path.startsWith("/admin/allowed-daemon-versions")
      ? undefined
      : method === "POST"
      ? add(body)
      : Response.json(rows);
  await using server = await FakeServer.start(answer);
  const file = `${home.work}/allowed-daemons.json`;
  const key = toBase64Url(publicKeyOf(PROJECT_KEY));
  await work({
    allowed: () => rows.map(({ binary_sha256 }) => String(binary_sha256)).sort(),
    import: async (list, ...options) => {
      await Deno.writeTextFile(file, JSON.stringify(list));
      const words = ["admin", "allowlist", "import", file, "--key", key, "--url", server.url, ...options];
      return await home.cortex(words, { env: { CORTEX_ADMIN_TOKEN: "admin-token-of-this-test" } });
    },
  });
}

const hashes = ({ daemons }: AllowedDaemons) => Object.values(daemons).sort();

Deno.test("cortex admin allowlist import allows the daemons of a release, and may be repeated", async () => {
  await withServer(async (stage) => {
    const list = listOf("1.2.0", "a");
    const first = await stage.import(list);
    assert.deepEqual([first.code, stage.allowed()], [0, hashes(list)], first.stderr);
    assert.match(first.stderr, /^Release 1\.2\.0: 2 allowed; only listed daemons attest\n$/);
    assert.match((await stage.import(list)).stderr, /0 allowed, 2 allowed before/);
    assert.deepEqual(stage.allowed(), hashes(list));
  });
});

Deno.test("cortex admin allowlist import allows nothing of a list that was changed or that another key signed", async () => {
  await withServer(async (stage) => {
    const signed = listOf("1.2.0", "a");
    const changed = { ...signed, daemons: { ...signed.daemons, [LINUX]: "b".repeat(64) } };
    const renamed = { ...signed, version: "9.9.9" };
    const shortened = { ...signed, daemons: { [LINUX]: "a".repeat(64) } };
    for (const list of [changed, renamed, shortened, listOf("1.2.0", "a", OTHER_KEY)]) {
      const { code, stderr } = await stage.import(list);
      assert.deepEqual([code, stage.allowed()], [125, []]);
      assert.match(stderr, /not signed by this key, so nothing was allowed/);
    }
  });
});

Deno.test("cortex admin allowlist import takes an older list back only where that is said", async () => {
  await withServer(async (stage) => {
    const [old, middle, young] = [listOf("1.2.0", "a"), listOf("1.9.0", "b"), listOf("1.10.0", "c")];
    assert.equal((await stage.import(middle)).code, 0);
    assert.equal((await stage.import(young)).code, 0);
    const refused = await stage.import(old);
    assert.equal(refused.code, 125);
    assert.match(refused.stderr, /of release 1\.2\.0, and 1\.9\.0 is allowed already/);
    assert.deepEqual(stage.allowed(), [...hashes(middle), ...hashes(young)].sort());
    assert.equal((await stage.import(old, "--older")).code, 0);
    assert.equal(stage.allowed().length, 6);
  });
});
