/** The main job as a fixture: a vault with granted secrets, an enrolled host, a running daemon, an approval. */

import { EXIT } from "../../shared/errors.ts";
import { expectOk } from "./wire_agent.ts";
import { withTempDir } from "./paths.ts";
import { World, type WorldOptions } from "./world.ts";

export const PROJECT = "demo";
export const AGENT = "test-agent";

/** Stores a value under `keyPath` and grants it to `project`; the secret's id. */
export async function storeAndGrant(
  world: World,
  keyPath: string,
  value: string,
  project = PROJECT,
): Promise<string> {
  const body = { key_path: keyPath, secret_type: "KEY_VALUE", value, unredactable: true };
  const { id = "" } = (await expectOk(world.admin("POST", "/admin/secrets", body))).json();
  await expectOk(
    world.admin("POST", `/admin/projects/${encodeURIComponent(project)}/grants`, { secret_id: id }),
  );
  return id;
}

/** Approves everything that waits. */
export async function approveAll(world: World): Promise<void> {
  const waiting = (await expectOk(world.admin("GET", "/admin/pending-grants?status=pending"))).json<
    { id: string }[]
  >();
  for (const { id } of waiting) {
    await expectOk(world.admin("POST", `/admin/pending-grants/${id}/approve`, {}));
  }
}

/** Starts everything and approves the first access of {@linkcode AGENT} to {@linkcode PROJECT}. */
export async function prepareMainJob(world: World, secrets: Readonly<Record<string, string>>): Promise<void> {
  await world.startServer();
  for (const [keyPath, value] of Object.entries(secrets)) await storeAndGrant(world, keyPath, value);
  await world.login(AGENT);
  await world.startDaemon();
  const first = await world.cortex(["run", "--project", PROJECT, "--", "true"]);
  if (first.code !== EXIT.pendingApproval) {
    throw new Error(`The first run ended with ${first.code}: ${first.stderr}`);
  }
  await approveAll(world);
}

/** Runs `work` on a world whose main job is done, and cleans up. */
export async function withMainJob(
  secrets: Readonly<Record<string, string>>,
  work: (world: World) => Promise<void>,
  options: Partial<WorldOptions> = {},
): Promise<void> {
  await withTempDir(async (folder) => {
    await using world = new World({ folder, ...options });
    await prepareMainJob(world, secrets);
    await work(world);
  });
}
