/** Lists of the server, whole: page after page. */

import type * as z from "zod";
import { fromUtf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import type { AdminConnection } from "./connection.ts";

/** All items of a list, each page by the `Link` of the one before (RFC 8288). @throws VaultError `server.untrusted` */
export async function listPages<Item extends z.ZodType>(
  connection: AdminConnection,
  path: string,
  { query = {}, item }: { readonly query?: Readonly<Record<string, string>>; readonly item: Item },
): Promise<readonly z.infer<Item>[]> {
  const all: z.infer<Item>[] = [];
  let cursor: string | undefined;
  do {
    const params = new URLSearchParams({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    const { body, headers } = await connection.request("GET", params.size === 0 ? path : `${path}?${params}`);
    const page = item.array().safeParse(jsonOf(body));
    if (!page.success) throw untrusted();
    all.push(...page.data);
    const next = cursorOf(headers.get("Link"));
    if (next !== undefined && next === cursor) throw untrusted();
    cursor = next;
  } while (cursor !== undefined);
  return all;
}

function cursorOf(link: string | null): string | undefined {
  const address = /<([^>]*)>;\s*rel="next"/.exec(link ?? "")?.[1];
  if (address === undefined) return undefined;
  return new URLSearchParams(address.slice(address.indexOf("?") + 1)).get("cursor") ?? undefined;
}

function jsonOf(body: Uint8Array<ArrayBuffer>): unknown {
  try {
    return JSON.parse(fromUtf8(body) ?? "");
  } catch {
    return undefined;
  }
}

function untrusted(): VaultError {
  return new VaultError(
    "server.untrusted",
    "The list is not what a CortexAuth server sends; check the address",
  );
}
