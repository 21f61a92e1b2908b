/**
 * Proofs about the audit log for people outside: signed heads of the tree over it, that a later head goes on from an earlier
 * one, and that a row is in it. Who checks them needs neither the audit key nor this server.
 */

import {
  type AuditConsistency,
  type AuditHead,
  type AuditRowProof,
  headMessage,
} from "../../../shared/audit/head.ts";
import { consistencyProof, inclusionProof } from "../../../shared/audit/merkle.ts";
import { ENCODED_COLUMNS } from "../../../shared/audit/row_encoding.ts";
import { type Clock, type Instant, MINUTE } from "../../../shared/clock.ts";
import { toBase64Url, toHex } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { AuditProver } from "../../audit/prover.ts";
import { AuditTree, TILE_ROWS } from "../../audit/tree.ts";
import type { AdminCaller } from "../../caller.ts";
import type { Store } from "../../store/store.ts";
import type { AuditTreeKeeper } from "./tree.ts";
import type { ServiceDeps } from "../deps.ts";
import { within } from "../namespace_reach.ts";

const DEFAULT_INTERVAL = 5 * MINUTE;

export class AuditProofService {
  readonly #store: Store;
  readonly #prover: AuditProver;
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #keeper: AuditTreeKeeper;
  readonly tree: AuditTree;
  #latest: { readonly head: AuditHead; readonly at: Instant } | undefined;

  constructor({ store, ledger, clock, config }: ServiceDeps, keeper: AuditTreeKeeper) {
    this.#keeper = keeper;
    this.#store = store;
    this.#prover = ledger.proof;
    this.#clock = clock;
    this.#interval = config.auditHeadInterval ?? DEFAULT_INTERVAL;
    this.tree = new AuditTree(store.reader, store.auditPages);
  }

  /** The newest head; a new one at most every few minutes, so that everybody sees the same. */
  async head(): Promise<AuditHead> {
    const now = this.#clock.now();
    if (this.#latest === undefined || now - this.#latest.at >= this.#interval) {
      this.#latest = { head: await this.#makeHead(await this.#size(), now), at: now };
    }
    return this.#latest.head;
  }

  /** @throws VaultError `audit.not_found` for more rows than there are */
  async consistency(from: number): Promise<AuditConsistency> {
    const head = await this.head();
    if (from > head.tree_size) throw aheadOfUs(from, head.tree_size);
    const roots = await this.tree.roots(head.tree_size);
    const proof = consistencyProof(roots, from, head.tree_size);
    return { from, proof: proof.map(toHex), head };
  }

  /** @throws VaultError `audit.not_found` */
  async rowProof(caller: AdminCaller, id: string): Promise<AuditRowProof> {
    const row = await this.#store.reader.selectFrom("audit_log").selectAll().where("id", "=", id)
      .where(within(caller, "namespace")).executeTakeFirst();
    if (row === undefined) throw rowGone();
    await this.#keeper.tend();
    const head = await this.#headCovering(row.seq);
    const roots = await this.tree.roots(head.tree_size);
    const proof = inclusionProof(roots, row.seq - 1, head.tree_size);
    return { row: plainRow(row), leaf_index: row.seq - 1, proof: proof.map(toHex), head };
  }

  /** A row that is younger than the newest head gets a head of its own. */
  async #headCovering(seq: number): Promise<AuditHead> {
    const head = await this.head();
    return head.tree_size >= seq ? head : await this.#makeHead(seq, this.#clock.now());
  }

  async #makeHead(size: number, timestamp: Instant): Promise<AuditHead> {
    const roots = await this.tree.roots(size);
    const facts = { tree_size: size, root_hash: toHex(roots(0, size)), timestamp };
    return {
      ...facts,
      public_key: toBase64Url(this.#prover.publicKey),
      signature: toBase64Url(this.#prover.sign(headMessage(facts))),
    };
  }

  /** All rows, or as many as the tree has nodes for: the rest comes with the next head. */
  async #size(): Promise<number> {
    const { seq } = await this.#store.reader.selectFrom("audit_log")
      .select((eb) => eb.fn.max("seq").as("seq")).executeTakeFirstOrThrow();
    return Math.min(Number(seq ?? 0), (await this.tree.tileCount() + 1) * TILE_ROWS);
  }
}

function plainRow(row: Readonly<Record<string, unknown>>): AuditRowProof["row"] {
  return Object.fromEntries(ENCODED_COLUMNS.map((column) => [column, plainValue(row[column])]));
}

function plainValue(value: unknown): string | number | null {
  if (value instanceof Uint8Array) return toHex(value);
  return typeof value === "string" || typeof value === "number" ? value : null;
}

function aheadOfUs(from: number, size: number): VaultError {
  return new VaultError(
    "audit.not_found",
    `The log has ${size} rows, fewer than the ${from} that were asked about: it was rolled back, or the head is of another vault`,
    { details: { tree_size: size } },
  );
}

function rowGone(): VaultError {
  return new VaultError(
    "audit.not_found",
    "There is no audit row of this id; it may have left the log by its age",
  );
}
