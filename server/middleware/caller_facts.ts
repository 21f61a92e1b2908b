/** What a daemon says of the program that asked it (section 4.1 of the wire contract): told, not proven. */

import { parseParents, parseStarted } from "../../shared/caller/parents.ts";
import type { CallerFacts } from "../audit/entry.ts";

const TEXT_HEADERS = [
  ["binarySha256", "X-Cortex-Caller-Binary-Sha256"],
  ["argvHash", "X-Cortex-Caller-Argv-Hash"],
  ["cwd", "X-Cortex-Caller-Cwd"],
  ["gitCommit", "X-Cortex-Caller-Git-Commit"],
  ["hostname", "X-Cortex-Hostname"],
  ["os", "X-Cortex-Os"],
] as const;

const VISIBLE_ASCII = /^[\x20-\x7e]{1,1024}$/;

/** Values that are not visible ASCII, or too long, are left out. */
export function readCallerFacts(headers: Headers): CallerFacts {
  const pid = headers.get("X-Cortex-Caller-Pid");
  const facts: Record<string, string | number> = {};
  if (pid !== null && /^\d{1,10}$/.test(pid)) facts["pid"] = Number(pid);
  for (const [field, header] of TEXT_HEADERS) {
    const value = headers.get(header);
    if (value !== null && VISIBLE_ASCII.test(value)) facts[field] = value;
  }
  return { ...facts, ...readProvenance(headers) };
}

/** What only our daemon tells. */
function readProvenance(headers: Headers): Pick<CallerFacts, "started" | "parents" | "allowedByHost"> {
  const started = parseStarted(headers.get("X-Cortex-Caller-Started") ?? "");
  const parents = headers.get("X-Cortex-Caller-Parents");
  const known = parents === null ? undefined : parseParents(parents);
  return {
    ...(started === undefined ? {} : { started }),
    ...(known === undefined ? {} : { parents: known }),
    ...(headers.get("X-Cortex-Caller-Allowed-By") === "host" ? { allowedByHost: true } : {}),
  };
}
