/** Wire schemas of the programs that may act for an agent: `/admin/agents/:agent_id/allowed-callers`. */

import * as z from "zod";
import { CALLER_ROLES } from "../caller/allowed_callers.ts";
import { SHA256_HEX } from "./sha256.ts";
import { oneLine } from "./text.ts";

const sha256 = z.string().max(200).transform((text) => text.trim().toLowerCase())
  .pipe(z.string().regex(SHA256_HEX, "has to be a SHA-256 in 64 hex digits"))
  .meta({ pattern: "^\\s*[0-9A-Fa-f]{64}\\s*$" });
const role = z.enum(CALLER_ROLES);

/** Body of the `POST`. */
export const AllowCallerRequest = z.object({
  sha256: sha256.describe("Hex SHA-256 of the program's file; any case, spaces around it are cut off."),
  role: role.nullish().describe(
    "`caller` (default): the program that talks to the daemon; `parent`: a program above it.",
  ),
  label: oneLine(200).nullish().describe("What it is, for people."),
});
export type AllowCallerRequest = z.infer<typeof AllowCallerRequest>;

/** Query of the `DELETE`. */
export const RemoveCallerQuery = z.object({
  namespace: z.string().optional(),
  sha256,
  role: role.optional(),
  allow_any: z.enum(["true", "false"]).optional().describe(
    "`true` takes the last entry of its role off, and so lets any program in.",
  ),
});
export type RemoveCallerQuery = z.infer<typeof RemoveCallerQuery>;

/** One row of the `GET`. */
export const AllowedCallerSummary = z.object({
  sha256: z.string(),
  role,
  label: z.string().nullable(),
  created_at: z.string(),
  created_by: z.string(),
});
export type AllowedCallerSummary = z.infer<typeof AllowedCallerSummary>;

/** Answer to the `DELETE`. */
export const RemovedCaller = z.object({
  removed: z.literal(true),
  enforced: z.boolean().describe("Whether programs in that role are still checked against a list."),
});
export type RemovedCaller = z.infer<typeof RemovedCaller>;
