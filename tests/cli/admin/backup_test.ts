/** `cortex admin backup` against servers that break off, send something else, or are interrupted. */

import assert from "node:assert/strict";
import { ArchiveFramer } from "../../../shared/backup/archive_frames.ts";
import { toHex, utf8 } from "../../../shared/encoding.ts";
import { EXIT } from "../../../shared/errors.ts";
import { CliHome } from "../support/cli_home.ts";
import { FakeServer, refusal } from "../support/fake_server.ts";

const HEADER = {
  archive_id: "0acf09e6-aa8f-4e15-80d6-572449cb0ac5",
  vault_id: "a58c23a6-71b5-4f6d-a6aa-49b2fbda2dee",
  created_at: Date.UTC(2026, 0, 2, 3, 4, 5),
  kek_version: 3,
};

/** An archive as a server sends it; nobody here can open it. */
function archive(): Uint8Array<ArrayBuffer> {
  const framer = new ArchiveFramer();
  const chunk = new Uint8Array(5_000).fill(7);
  const pieces = [
    framer.header(utf8(JSON.stringify(HEADER))),
    framer.chunk(chunk, false),
    framer.chunk(chunk, true),
    framer.end(),
  ];
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

interface Stage {
  readonly home: CliHome;
  readonly server: FakeServer;
  readonly env: Readonly<Record<string, string>>;
}

async function withServer(
  answer: () => Response,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using home = await CliHome.create();
  const server = await FakeServer.start(({ path }) => path === "/admin/backup" ? answer() : undefined);
  const env = { CORTEX_URL: server.url, CORTEX_ADMIN_TOKEN: "an-admin-token" };
  try {
    await work({ home, server, env });
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

const filesIn = (home: CliHome) => [...Deno.readDirSync(home.work)].map(({ name }) => name);

Deno.test("admin backup writes what the server sends into a private file, and says what it is", () =>
  withServer(() => new Response(archive()), async ({ home, env }) => {
    const { code, stderr } = await home.cortex(["admin", "backup", "--out", "v.backup"], { env });
    assert.equal(code, 0, stderr);
    assert.deepEqual(await Deno.readFile(`${home.work}/v.backup`), archive());
    assert.equal(((await Deno.stat(`${home.work}/v.backup`)).mode ?? 0) & 0o777, 0o600);
    assert.match(stderr, /vault a58c23a6.* of 2026-01-02 03:04:05 UTC .*key version 3/);
    assert.deepEqual(filesIn(home), ["v.backup"]);
  }));

Deno.test("admin backup --json tells a script the facts", () =>
  withServer(() => new Response(archive()), async ({ home, env }) => {
    const { stdout } = await home.cortex(["admin", "backup", "--out", "v.backup", "--json"], { env });
    const facts = JSON.parse(stdout);
    assert.deepEqual([facts.ok, facts.archive_id, facts.bytes], [
      true,
      HEADER.archive_id,
      archive().byteLength,
    ]);
    assert.equal(facts.sha256, toHex(archive().slice(-32)));
  }));

Deno.test("admin backup --out - gives the bytes and nothing else to a pipe", () =>
  withServer(() => new Response(archive()), async ({ home, env }) => {
    const { code, stdoutBytes } = await home.cortex(["admin", "backup", "--out", "-"], { env });
    assert.equal(code, 0);
    assert.deepEqual(new Uint8Array(stdoutBytes), archive());
  }));

const BAD: Readonly<Record<string, { readonly answer: () => Response; readonly says: RegExp }>> = {
  "ends too early": { answer: () => new Response(archive().subarray(0, 6_000)), says: /ends too early/ },
  "was damaged on the way": {
    answer: () => {
      const bytes = archive();
      bytes[3_000] = 8;
      return new Response(bytes);
    },
    says: /changed after it was made/,
  },
  "has a damaged header": {
    answer: () => {
      const bytes = archive();
      bytes[14] = 8;
      return new Response(bytes);
    },
    says: /changed after it was made/,
  },
  "is something else": { answer: () => new Response("<html>a proxy's page</html>"), says: /not a backup/ },
  "is a refusal": {
    answer: () => refusal(409, "backup_running"),
    says: /Refused with backup_running/,
  },
};

for (const [name, { answer, says }] of Object.entries(BAD)) {
  Deno.test(`admin backup leaves no file where the answer ${name}`, () =>
    withServer(answer, async ({ home, env }) => {
      const { code, stderr } = await home.cortex(["admin", "backup", "--out", "v.backup"], { env });
      assert.notEqual(code, 0);
      assert.match(stderr, says);
      assert.deepEqual(filesIn(home), []);
    }));
}

Deno.test("admin backup does not ask the server where it could not write", () =>
  withServer(() => new Response(archive()), async ({ home, server, env }) => {
    await Deno.writeTextFile(`${home.work}/v.backup`, "mine");
    const taken = await home.cortex(["admin", "backup", "--out", "v.backup"], { env });
    const nowhere = await home.cortex(["admin", "backup", "--out", "no/v.backup"], { env });
    const both = await home.cortex(["admin", "backup", "--out", "-", "--json"], { env });
    assert.deepEqual([taken.code, nowhere.code, both.code], [EXIT.failure, EXIT.failure, EXIT.failure]);
    assert.match(taken.stderr, /not overwritten/);
    assert.match(nowhere.stderr, /folder does not exist/);
    assert.equal(await Deno.readTextFile(`${home.work}/v.backup`), "mine");
    assert.deepEqual(server.seen, []);
  }));

Deno.test("admin backup interrupted by Ctrl-C takes back what it had begun", async () => {
  const begun = Promise.withResolvers<void>();
  const halfAnArchive = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(archive().subarray(0, 6_000)),
        pull: () => new Promise(() => begun.resolve()),
      }),
    );
  await withServer(halfAnArchive, async ({ home, env }) => {
    const child = await home.start(["admin", "backup", "--out", "v.backup"], { env });
    await begun.promise;
    child.kill("SIGINT");
    const { code, stderr } = await child.ended();
    assert.equal(code, EXIT.failure);
    assert.match(stderr, /Interrupted, so nothing was kept/);
    assert.deepEqual(filesIn(home), []);
  });
});
