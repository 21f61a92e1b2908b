/** `cortex verify-audit`: the server recomputes its log piece by piece; what was kept outside is checked here. */

import { type AuditFault, describeFault } from "../../shared/audit/fault_words.ts";
import type { AuditHead } from "../../shared/audit/head.ts";
import { VerifyAuditResponse } from "../../shared/api/audit_verify.ts";
import { SECOND } from "../../shared/clock.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { type AdminConnection, type AdminOptions, connectAsAdmin } from "../admin/connection.ts";
import type { CliContext } from "../context.ts";
import type { Terminal } from "../terminal.ts";
import { checkContinuations, fetchSignedHead } from "./heads_client.ts";
import { readKeptHeads } from "./kept_heads.ts";

export interface VerifyAuditOptions extends AdminOptions {
  readonly anchor?: string | undefined;
}

/** A piece is some fifty thousand rows: a second, on a slow machine a few. */
const PIECE_LIMIT = 300 * SECOND;

/** A second of work, where nothing has to wait. */
const HEADS_TOLD = 200;

/** Returns the exit code. @throws VaultError `audit.broken`, `audit.anchor_invalid` */
export async function verifyAudit(options: VerifyAuditOptions, context: CliContext): Promise<number> {
  // Read first: a mistake in it is known before anything takes long.
  const kept = options.anchor === undefined ? [] : await readKeptHeads(options.anchor);
  const connection = await connectAsAdmin(options, context, PIECE_LIMIT);
  const { first, last } = await verifyRows(connection, context.terminal);
  const client = plain(connection);
  await checkContinuations(client, kept, {
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    onProgress: (done, of) => {
      if (done % HEADS_TOLD === 0) context.terminal.progress(`Compared with ${done} of ${of} kept heads`);
    },
  });
  context.terminal.endProgress();
  tell({ first, last, kept, head: await fetchSignedHead(client) }, options, context);
  return EXIT.ok;
}

interface Verified {
  readonly first: number;
  readonly last: number;
  readonly kept: readonly AuditHead[];
  /** The newest of the server. */
  readonly head: AuditHead;
}

async function verifyRows(
  connection: AdminConnection,
  terminal: Terminal,
): Promise<Pick<Verified, "first" | "last">> {
  const parse = (value: unknown) => VerifyAuditResponse.safeParse(value).data;
  const began = performance.now();
  let first: number | undefined;
  let after: number | undefined;
  for (;;) {
    const body = after === undefined ? {} : { after };
    const piece = await connection.requestJson("POST", "/admin/audit-logs/verify", parse, { body });
    terminal.endProgress();
    if (piece.fault !== undefined) throw brokenBy(piece.fault);
    first ??= piece.from;
    if (piece.at_end) return { first, last: piece.to };
    const rate = Math.round((piece.to + 1 - first) / ((performance.now() - began) / SECOND));
    terminal.progress(`Verified ${piece.to} of ${piece.of} rows, ${rate} a second`);
    after = piece.to;
  }
}

function brokenBy(fault: AuditFault): VaultError {
  return new VaultError("audit.broken", describeFault(fault), { details: { ...fault } });
}

/** What everybody may ask needs no token, and does no harm with one. */
function plain(connection: AdminConnection): Parameters<typeof checkContinuations>[0] {
  return { requestJson: (method, path, { parse }) => connection.requestJson(method, path, parse) };
}

function tell(
  { first, last, kept, head }: Verified,
  options: VerifyAuditOptions,
  { terminal }: CliContext,
): void {
  if (options.json) {
    return terminal.json({
      ok: true,
      from: first,
      to: last,
      rows: last + 1 - first,
      kept_heads: kept.length,
      head,
    });
  }
  terminal.note(`The audit log is as it was written: ${last + 1 - first} rows, from ${first} to ${last}`);
  terminal.note(`Newest head: ${head.tree_size} rows, root ${head.root_hash}`);
  if (kept.length > 0) terminal.note(`It goes on from all ${kept.length} heads that were kept`);
  else terminal.note("Whether an older whole database was brought back is seen with --anchor only");
}
