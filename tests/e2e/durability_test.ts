/** The server is killed in the middle of writing: what it answered is there, the log's chain is whole, keys open. */

import assert from "node:assert/strict";
import { withTempDir } from "../support/paths.ts";
import { World } from "../support/world.ts";

const ROUNDS = 3;
const WRITERS = 8;

interface Stored {
  readonly id: string;
  readonly value: string;
}

/** Stores secrets until the server is gone; those that were acknowledged. */
async function writeUntilGone(
  world: World,
  round: number,
  writer: number,
  enough: () => void,
): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (let count = 0;; count++) {
    const value = `value-${round}-${writer}-${count}`;
    const body = { key_path: `k/${round}/${writer}/${count}`, secret_type: "KEY_VALUE", value };
    try {
      const answer = await world.admin("POST", "/admin/secrets", body);
      if (answer.status !== 201) throw new Error(answer.text);
      stored.push({ id: answer.json()["id"] ?? "", value });
    } catch {
      return stored;
    }
    if (count === 10 + round) enough();
  }
}

async function killWhileWriting(world: World, round: number): Promise<Stored[]> {
  let enough = () => {};
  const underway = new Promise<void>((resolve) => enough = resolve);
  const writers = Array.from(
    { length: WRITERS },
    (_, writer) => writeUntilGone(world, round, writer, enough),
  );
  await underway;
  await world.stopServer("SIGKILL");
  return (await Promise.all(writers)).flat();
}

Deno.test("a server killed with SIGKILL while it writes loses nothing that it acknowledged", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    const stored: Stored[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await world.startServer();
      stored.push(...await killWhileWriting(world, round));
    }
    await world.startServer();
    for (const { id, value } of stored.filter((_, index) => index % 7 === 0)) {
      assert.equal((await world.admin("GET", `/admin/secrets/${id}`)).json()["value"], value);
    }
    const listed = new Set<string>();
    for (let url = "/admin/secrets?limit=200"; url !== "";) {
      const page = await world.admin("GET", url);
      for (const { id } of page.json<{ id: string }[]>()) listed.add(id);
      url = /<([^>]*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1]?.replace(world.url, "") ?? "";
    }
    assert.deepEqual(stored.filter(({ id }) => !listed.has(id)), []);
  });
});
