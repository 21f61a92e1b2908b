/** What a server says of its audit log to everybody. */

import { AuditConsistency, AuditHead, isSigned } from "../../shared/audit/head.ts";
import { checkContinuity, rolledBack } from "../../shared/audit/continuity.ts";
import type { ServerClient } from "../../shared/client/server_client.ts";
import { SECOND } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";

/** The newest head. @throws VaultError */
function fetchHead(client: Pick<ServerClient, "requestJson">): Promise<AuditHead> {
  return client.requestJson("GET", "/.well-known/cortex-audit-head", {
    parse: (value) => AuditHead.safeParse(value).data,
  });
}

/** {@linkcode fetchHead}, its signature checked. @throws VaultError `audit.broken` */
export async function fetchSignedHead(client: Pick<ServerClient, "requestJson">): Promise<AuditHead> {
  const head = await fetchHead(client);
  if (isSigned(head)) return head;
  throw new VaultError("audit.broken", "The server's head has no good signature");
}

/** Gives the server's head, once it is shown to go on from the kept one. @throws VaultError `audit.broken` */
export async function fetchContinuation(
  client: Pick<ServerClient, "requestJson">,
  kept: AuditHead,
): Promise<AuditHead> {
  try {
    const answer = await client.requestJson(
      "GET",
      `/.well-known/cortex-audit-consistency?from=${kept.tree_size}`,
      { parse: (value) => AuditConsistency.safeParse(value).data },
    );
    checkContinuity(kept, answer);
    return answer.head;
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== "audit.not_found") throw error;
    throw rolledBack(kept, Number(error.details?.["tree_size"] ?? 0));
  }
}

/** What {@linkcode checkContinuations} does beside asking. */
export interface ContinuationTools {
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Told how many heads were checked of how many. */
  readonly onProgress: (done: number, of: number) => void;
}

/**
 * Checks that the server's log goes on from every kept head. A year of heads is more than a server answers at once: where
 * it says so, the rest waits. @throws VaultError `audit.broken`
 */
export async function checkContinuations(
  client: Pick<ServerClient, "requestJson">,
  kept: readonly AuditHead[],
  { sleep, onProgress }: ContinuationTools,
): Promise<void> {
  const different = new Map(
    kept.map((head) => [`${head.tree_size} ${head.root_hash} ${head.public_key}`, head]),
  );
  let done = 0;
  for (const head of different.values()) {
    await patiently(() => fetchContinuation(client, head), sleep);
    onProgress(++done, different.size);
  }
}

async function patiently<T>(ask: () => Promise<T>, sleep: ContinuationTools["sleep"]): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof VaultError) || error.code !== "request.rate_limited") throw error;
      await sleep((error.retryAfter ?? 1) * SECOND);
    }
  }
}
