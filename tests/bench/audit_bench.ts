/** How fast the audit log is verified: the rows alone, and all of it with the tree over them, on one core. */

import { perfectRootHex } from "../../shared/audit/merkle.ts";
import { LogVerifier } from "../../server/audit/log_verifier.ts";
import { TILE_ROWS } from "../../server/audit/tree.ts";
import { verifyChain } from "../../server/audit/verify.ts";
import type { AuditEntry } from "../../server/audit/entry.ts";
import { createVaultFixture, type VaultFixture } from "../server/support/vault_fixture.ts";
import { atLeast, type Figure, figure, median } from "./figures.ts";

const ROWS = 200_000;
const BATCH = 5_000;
const ROUNDS = 5;

/** What a release through a daemon writes: every column that such a row has. */
function releaseRow(n: number): AuditEntry {
  return {
    principal: "agent:build-bot",
    action: "get_secrets",
    status: "success",
    agentId: "build-bot",
    projectName: "shop",
    namespace: "default",
    resourcePath: `shop/key-${n % 97}`,
    details: { names: ["OPENAI_API_KEY", "DATABASE_URL"], count: 2 },
    origin: {
      requestId: crypto.randomUUID(),
      sourceIp: "192.0.2.17",
      caller: {
        pid: 4_000 + n % 1_000,
        binarySha256: "ab".repeat(32),
        argvHash: "cd".repeat(32),
        cwd: "/home/build/shop",
        gitCommit: "0123456789abcdef0123456789abcdef01234567",
        hostname: "build-1",
        os: "linux",
      },
    },
  };
}

async function fill({ ledger }: VaultFixture): Promise<void> {
  for (let at = 0; at < ROWS; at += BATCH) {
    await ledger.commit(async (tx) => {
      for (let n = at; n < at + BATCH; n++) await tx.audit(releaseRow(n));
    });
  }
}

/** As the server keeps them. */
async function keepTiles({ store, keys, ledger }: VaultFixture): Promise<void> {
  const leaves: string[] = [];
  await verifyChain(store.auditPages, keys.auditMac, { onLeaf: (leaf) => leaves.push(leaf) });
  const tiles = Array.from({ length: Math.floor(leaves.length / TILE_ROWS) }, (_, tile) => {
    const part = leaves.slice(tile * TILE_ROWS, (tile + 1) * TILE_ROWS);
    return { tile, root: Uint8Array.fromHex(perfectRootHex(part)), leaves: null };
  });
  await ledger.commit(async (tx) => {
    for (const tile of tiles) await tx.db.insertInto("audit_tiles").values(tile).execute();
  });
}

/** Rows a second of something that verifies all of them. */
async function rateOf(verify: () => Promise<{ readonly ok: boolean }>): Promise<number> {
  const began = performance.now();
  if (!(await verify()).ok) throw new Error("a sound log did not verify");
  return ROWS / ((performance.now() - began) / 1_000);
}

/** The two take turns, so that what else the machine does falls on both. */
export async function benchAudit(): Promise<Figure[]> {
  const vault = await createVaultFixture();
  try {
    await fill(vault);
    await keepTiles(vault);
    const { store, keys, ledger } = vault;
    const rows: number[] = [];
    const log: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rows.push(await rateOf(() => verifyChain(store.auditPages, keys.auditMac)));
      log.push(await rateOf(() => new LogVerifier(store, ledger.proof).verify()));
    }
    return [
      figure("verification of audit rows", median(rows), "rows/s", atLeast(100_000)),
      figure("  with the tree over them", median(log), "rows/s", atLeast(100_000)),
    ];
  } finally {
    await vault.dispose();
  }
}
