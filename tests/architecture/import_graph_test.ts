/** Who may import whom. Each forbidden edge has a reason; a new edge is a decision, not an accident. */

import assert from "node:assert/strict";
import { importsOf, loadedImportsOf, sourceFiles } from "../support/source_files.ts";

/** Which rooms a room may import besides itself. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  server: ["shared"],
  daemon: ["shared"],
  cli: ["shared"],
  packaging: ["server", "daemon", "cli", "shared"],
  tests: ["server", "daemon", "cli", "shared", "packaging"],
};

/** The floors of the server, lowest first. A file imports its own floor or lower ones. */
const FLOORS: readonly (readonly string[])[] = [
  [
    "server/store/",
    "server/startup_error.ts",
    "server/caller.ts",
    "server/access/roles.ts",
    "server/access/group_roles.ts",
    "server/log.ts",
    "server/config.ts",
    "server/config_reader.ts",
    "server/config_table.ts",
    "server/audit/entry.ts",
    "server/durable_steps.ts",
  ],
  ["server/access/", "server/audit/"],
  ["server/events/"],
  ["server/vault/"],
  ["server/backup/"],
  ["server/identity/"],
  ["server/recovery/"],
  ["server/notify/", "server/metrics/"],
  ["server/services/", "server/signing/", "server/templates/", "server/import/"],
  [
    "server/http/",
    "server/access_rows/",
    "server/access_table.ts",
    "server/middleware/",
    "server/dashboard/",
    "server/openapi/",
    "server/routes/",
  ],
  ["server/app.ts"],
  ["server/boot/in_flight.ts", "server/boot/listen.ts", "server/boot/tls.ts", "server/seal/"],
  ["server/boot/", "server/commands/", "server/main.ts"],
];

/** Narrower rules, with the reason that a reader of a failure sees. */
const FORBIDDEN: readonly { from: RegExp; to: RegExp; reason: string }[] = [
  {
    from: /^server\/access\//,
    to: /^(server\/(?!access\/|store\/schema\.ts)|node:|npm:|hono|kysely$)/,
    reason: "access decisions are pure: no I/O, no framework",
  },
  {
    from: /^server\/routes\//,
    to: /^(node:sqlite|node:crypto|kysely|server\/(vault|store)\/)/,
    reason: "routes parse, call one service and serialise: no SQL, no crypto",
  },
  {
    from: /^(server|daemon|cli)\//,
    to: /^node:(child_process|worker_threads|net|http|https|tls|dgram)$/,
    reason: "processes and sockets are shared/os's and Deno's: one way to do one thing",
  },
  {
    from: /^(?!shared\/crypto\/|shared\/os\/|tests\/|server\/identity\/|server\/vault\/)/,
    to: /^node:crypto$/,
    reason: "cryptography is called through shared/crypto only",
  },
  { from: /^(?!server\/store\/|tests\/)/, to: /^node:sqlite$/, reason: "only the store talks to SQLite" },
  { from: /^shared\//, to: /^(hono|kysely|jose|hash-wasm)/, reason: "shared serves the small clients too" },
];

interface Edge {
  readonly from: string;
  readonly to: string;
}

async function edges(list = importsOf): Promise<Edge[]> {
  const files = await sourceFiles();
  const lists = await Promise.all(
    files.map(async (from) => (await list(from)).map((to) => ({ from, to }))),
  );
  return lists.flat();
}

const roomOf = (path: string) => path.split("/", 1)[0] ?? "";
const floorOf = (path: string) =>
  FLOORS.findLastIndex((floor) => floor.some((prefix) => path.startsWith(prefix)));

/** `server/audit/entry.ts` matches two floors; the more exact prefix decides. */
function exactFloor(path: string): number {
  const exact = FLOORS.findIndex((floor) => floor.includes(path));
  return exact === -1 ? floorOf(path) : exact;
}

Deno.test("rooms import only what the architecture allows", async () => {
  const wrong = (await edges()).filter(({ from, to }) => {
    const target = roomOf(to);
    return target in ROOMS && target !== roomOf(from) && !(ROOMS[roomOf(from)] ?? []).includes(target);
  });
  assert.deepEqual(wrong, []);
});

Deno.test("the server's floors import downwards only", async () => {
  const wrong = (await edges()).filter(({ from, to }) =>
    from.startsWith("server/") && to.startsWith("server/") && exactFloor(to) > exactFloor(from)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("every file of the server stands on a floor", async () => {
  const files = await sourceFiles(["server"]);
  assert.deepEqual(files.filter((path) => exactFloor(path) === -1), []);
});

Deno.test("forbidden edges do not exist", async () => {
  const all = await edges();
  const wrong = FORBIDDEN.flatMap(({ from, to, reason }) =>
    all.filter((edge) => from.test(edge.from) && to.test(edge.to)).map((edge) => ({ ...edge, reason }))
  );
  assert.deepEqual(wrong, []);
});

Deno.test("no file imports in a circle", async () => {
  const graph = Map.groupBy(await edges(loadedImportsOf), (edge) => edge.from);
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): void => {
    assert.ok(!trail.includes(path), `circle: ${[...trail.slice(trail.indexOf(path)), path].join(" -> ")}`);
    if (done.has(path)) return;
    for (const { to } of graph.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
});
