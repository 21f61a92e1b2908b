/** C6: `--url` means something. A daemon that is logged in to another server does not run the program. */

import { VaultError } from "../../shared/errors.ts";
import { approvalAddress } from "./approval.ts";

/** @throws VaultError `request.invalid` when the daemon belongs to another server than the wanted one */
export async function requireServer(socket: string, wanted: string): Promise<void> {
  const actual = await approvalAddress(socket);
  if (actual === undefined || sameAddress(actual, wanted)) return;
  const message =
    `The daemon is logged in to ${actual}, which is not the --url (or CORTEX_URL) of this run; ` +
    "leave it out, or log in there";
  throw new VaultError("request.invalid", message);
}

function sameAddress(left: string, right: string): boolean {
  const [a, b] = [URL.parse(left), URL.parse(right)];
  const path = (url: URL) => url.pathname.replace(/\/+$/, "");
  return a !== null && b !== null && a.origin === b.origin && path(a) === path(b);
}
