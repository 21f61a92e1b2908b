/**
 * A rotation of the key on a real server, while clients read and write as fast as they can. Every answer is looked at: a failure is
 * any answer that is not the one that there would have been without a rotation, a loss any value that is not there afterwards.
 */

import assert from "node:assert/strict";
import type { KekRotationProgress } from "../../shared/api/kek_rotation.ts";
import { type ApiAnswer, World } from "../support/world.ts";
import { WireAgent } from "../support/wire_agent.ts";

export interface CampaignOptions {
  readonly folder: string;
  /** Secrets in the vault before the clients come. */
  readonly secrets: number;
  readonly clients: number;
  /** Look at every value afterwards, and not at a few hundred. */
  readonly readAll: boolean;
}

export interface CampaignResult {
  /** From the answer that a rotation has begun to the last row. */
  readonly seconds: number;
  readonly rows: number;
  /** The clients' requests while the key was rotated, and before it. */
  readonly meanwhile: Latencies;
  readonly before: Latencies;
  readonly failures: readonly string[];
  /** Values that are not what was stored. */
  readonly lost: readonly string[];
}

/** Milliseconds. */
export interface Latencies {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

export const NEW_PASSWORD = "the password after the rotation";

const PROJECT = "campaign";
/** A million rows. */
const LONGEST_MS = 1_800_000;
const LINES_PER_IMPORT = 10_000;
/** Requests that the clients make together before the rotation and after it. */
const CALM_REQUESTS = 1_500;
const SAMPLE = 300;

const fillerValue = (at: number) => `value-of-filler-${at}`;

interface Stage {
  readonly world: World;
  /** Ids of the fillers, by their number. */
  readonly fillers: readonly string[];
  readonly agent: WireAgent;
  readonly token: string;
  /** What has to be there in the end, by id. */
  readonly expected: Map<string, string>;
}

/** Sets the stage, rotates under load, restarts with the new password and looks at what is there. */
export async function rotateUnderLoad(options: CampaignOptions): Promise<CampaignResult> {
  await using world = new World({ folder: options.folder, hangingMs: LONGEST_MS });
  await world.startServer();
  const stage = await setUp(world, options.secrets);
  const clients = new Clients(stage);
  clients.start(options.clients);
  const from = performance.now();
  await clients.reach(CALM_REQUESTS);
  const before = latenciesOf(clients.latencies, performance.now() - from);
  const { seconds, rows, latencies } = await rotate(world, clients);
  await clients.reach(clients.latencies.length + CALM_REQUESTS / 5);
  await clients.stop();
  await world.stopServer();
  assert.ok(!world.transcript.join("").includes("undecryptable"));

  await world.startServer({ CORTEX_KEK_PASSWORD: NEW_PASSWORD });
  const lost = await missing(stage, options.readAll ? stage.expected.size : SAMPLE);
  const meanwhile = latenciesOf(latencies, seconds * 1_000);
  return { seconds, rows, meanwhile, before, failures: clients.failures, lost };
}

function latenciesOf(latencies: readonly number[], milliseconds: number): Latencies {
  const sorted = latencies.toSorted((left, right) => left - right);
  const at = (share: number) => Number((sorted[Math.floor((sorted.length - 1) * share)] ?? NaN).toFixed(1));
  const perSecond = Math.round(sorted.length / (milliseconds / 1_000));
  return { requests: sorted.length, perSecond, p50: at(0.5), p99: at(0.99), slowest: at(1) };
}

async function setUp(world: World, secrets: number): Promise<Stage> {
  await fill(world, secrets);
  const fillers: string[] = [];
  for (const { id, key_path } of await listAll(world)) {
    fillers[Number(key_path.slice("filler_".length))] = id;
  }
  const agent = await WireAgent.enrol(world, "campaign-agent");
  await grantTen(world, fillers);
  const names = Array.from({ length: 10 }, (_, at) => `FILLER_${at}`);
  const token = await agent.obtainToken(PROJECT, names);
  const expected = new Map(fillers.map((id, at) => [id, fillerValue(at)]));
  return { world, fillers, agent, token, expected };
}

async function fill(world: World, secrets: number): Promise<void> {
  for (let start = 0; start < secrets; start += LINES_PER_IMPORT) {
    const length = Math.min(LINES_PER_IMPORT, secrets - start);
    const lines = Array.from({ length }, (_, at) => `FILLER_${start + at}=${fillerValue(start + at)}`);
    ok(await world.admin("POST", "/admin/secrets/bulk", { content: lines.join("\n") }));
  }
}

async function grantTen(world: World, fillers: readonly string[]): Promise<void> {
  for (const secret_id of fillers.slice(0, 10)) {
    ok(await world.admin("POST", `/admin/projects/${PROJECT}/grants`, { secret_id }));
  }
}

async function listAll(world: World): Promise<{ id: string; key_path: string }[]> {
  const all: { id: string; key_path: string }[] = [];
  for (let path = "/admin/secrets?limit=1000"; path !== "";) {
    const page = ok(await world.admin("GET", path));
    for (const secret of page.json<{ id: string; key_path: string }[]>()) all.push(secret);
    path = /<([^>]*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1]?.replace(world.url, "") ?? "";
  }
  return all;
}

function ok(answer: ApiAnswer): ApiAnswer {
  assert.ok(answer.status < 300, `${answer.status}: ${answer.text.slice(0, 500)}`);
  return answer;
}

async function rotate(
  world: World,
  clients: Clients,
): Promise<{ seconds: number; rows: number; latencies: readonly number[] }> {
  const body = { new_kek_password: NEW_PASSWORD, current_kek_password: world.kekPassword, wait: false };
  assert.equal((await world.admin("POST", "/admin/rotate-key", body)).status, 202);
  const [from, first] = [performance.now(), clients.latencies.length];
  for (;;) {
    const progress = ok(await world.admin("GET", "/admin/rotate-key")).json<KekRotationProgress>();
    assert.notEqual(progress.state, "blocked");
    if (progress.state === "completed") {
      const seconds = (performance.now() - from) / 1_000;
      return { seconds, rows: progress.rows_rewrapped, latencies: clients.latencies.slice(first) };
    }
    await clients.reach(clients.latencies.length + 50);
  }
}

/** What was stored and is not there, or is something else. */
async function missing({ world, expected }: Stage, most: number): Promise<string[]> {
  const all = [...expected];
  const every = Math.max(1, Math.floor(all.length / most));
  const wanted = all.filter((_, at) => at % every === 0 || at >= all.length - most);
  const lost: string[] = [];
  for (let start = 0; start < wanted.length; start += 16) {
    await Promise.all(
      wanted.slice(start, start + 16).map(async ([id, value]) => {
        const answer = await world.admin("GET", `/admin/secrets/${id}`);
        if (answer.status !== 200 || answer.json()["value"] !== value) lost.push(`${id}: ${answer.status}`);
      }),
    );
  }
  return lost;
}

/** Clients that go on until they are stopped. */
class Clients {
  readonly latencies: number[] = [];
  readonly failures: string[] = [];
  readonly #stage: Stage;
  #stopped = false;
  #running: Promise<void>[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  start(count: number): void {
    const kinds = [this.#readOne, this.#readProject, this.#rewrite, this.#create];
    this.#running = Array.from({ length: count }, async (_, client) => {
      const act = kinds[client % kinds.length] ?? this.#readOne;
      for (let round = 0; !this.#stopped; round++) await this.#measure(() => act.call(this, client, round));
    });
  }

  /** Resolves when so many requests were answered since the start. */
  reach(count: number): Promise<void> {
    if (this.latencies.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #measure(act: () => Promise<void>): Promise<void> {
    const from = performance.now();
    try {
      await act();
    } catch (error) {
      this.failures.push(String(error));
    }
    this.latencies.push(performance.now() - from);
    const { length } = this.latencies;
    for (const { resolve } of this.#waiting.filter(({ count }) => count <= length)) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count > length);
  }

  async #readOne(client: number, round: number): Promise<void> {
    const { world, fillers } = this.#stage;
    // Far from each other, and never what another client rewrites.
    const at = 10 + (client * 7_919 + round * 104_729) % (fillers.length - 110);
    const answer = ok(await world.admin("GET", `/admin/secrets/${fillers[at]}`));
    assert.equal(answer.json()["value"], fillerValue(at));
  }

  async #readProject(): Promise<void> {
    const { agent, token } = this.#stage;
    const { env_vars } = ok(await agent.readSecrets(PROJECT, token)).json<{ env_vars: object }>();
    const expected = Array.from({ length: 10 }, (_, at) => [`FILLER_${at}`, fillerValue(at)]);
    assert.deepEqual(Object.fromEntries(Object.entries(env_vars)), Object.fromEntries(expected));
  }

  /** Its own one, again and again: a rewrite races the rotation for the same row. */
  async #rewrite(client: number, round: number): Promise<void> {
    const { world, fillers, expected } = this.#stage;
    const id = fillers[fillers.length - 100 + (client * 6 + round % 6) % 100] ?? "";
    const value = `rewritten-${client}-${round}`;
    ok(await world.admin("PUT", `/admin/secrets/${id}`, { value }));
    expected.set(id, value);
    assert.equal(ok(await world.admin("GET", `/admin/secrets/${id}`)).json()["value"], value);
  }

  async #create(client: number, round: number): Promise<void> {
    const { world, expected } = this.#stage;
    const value = `created-${client}-${round}`;
    const secret = { key_path: `created/${client}/${round}`, secret_type: "KEY_VALUE", value };
    const { id = "" } = ok(await world.admin("POST", "/admin/secrets", secret)).json();
    expected.set(id, value);
  }
}
