/** Wire schemas of the values that a secret had before. */

import * as z from "zod";
import { ValueEncoding } from "./secrets.ts";

/** One version; never its value. */
export const SecretVersionSummary = z.object({
  version: z.int(),
  current: z.boolean().describe("Whether it is what tokens read."),
  encoding: ValueEncoding,
  written_at: z.string().nullable().describe(
    "Null where the version before it is gone, so that nobody knows.",
  ),
  replaced_at: z.string().nullable(),
});
export type SecretVersionSummary = z.infer<typeof SecretVersionSummary>;

/** Answer of `GET /admin/secrets/:id/versions`: newest first. */
export const SecretVersionList = z.object({
  id: z.string(),
  key_path: z.string(),
  namespace: z.string(),
  kept: z.int().describe("Older values that the server keeps for each secret."),
  versions: z.array(SecretVersionSummary),
});
export type SecretVersionList = z.infer<typeof SecretVersionList>;

/** Answer of `GET /admin/secrets/:id/versions/:version`. */
export const SecretVersionWithValue = z.object({
  id: z.string(),
  key_path: z.string(),
  namespace: z.string(),
  version: z.int(),
  encoding: ValueEncoding,
  value: z.string(),
});
export type SecretVersionWithValue = z.infer<typeof SecretVersionWithValue>;

/** Body of `POST /admin/secrets/:id/rollback`. */
export const RollbackRequest = z.object({
  to_version: z.int().min(1),
  version: z.int().min(1).nullish().describe(
    "The present version as the caller saw it; another one in the vault refuses the change.",
  ),
});
export type RollbackRequest = z.infer<typeof RollbackRequest>;

/** Answer of `POST /admin/secrets/:id/rollback`. */
export const RolledBackSecret = z.object({
  rolled_back: z.literal(true),
  id: z.string(),
  version: z.int().describe("The new version, which holds the old value."),
  to_version: z.int(),
});
export type RolledBackSecret = z.infer<typeof RolledBackSecret>;

/** Query of `DELETE /admin/secrets/:id/versions`: how many of the newest older values stay. */
export const PruneQuery = z.object({
  keep: z.string().regex(/^\d{1,4}$/).transform(Number)
    .meta({ type: "integer", minimum: 0, maximum: 9_999 }).default(0)
    .describe("How many of the newest older values stay; none where it is left out."),
});
export type PruneQuery = z.infer<typeof PruneQuery>;

/** Answer of both ways to destroy versions. */
export const DestroyedVersions = z.object({ destroyed: z.array(z.int()) });
export type DestroyedVersions = z.infer<typeof DestroyedVersions>;
