/** Wire schemas of the admin's secrets (section 2.5 of the wire contract). */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import { PageQuery } from "./page.ts";
import { description, namespace, oneLine } from "./text.ts";

export const SecretType = z.enum(["KEY_VALUE", "JSON_CONFIG", "TEMPLATE_CONFIG", "SSH_KEY"]).describe(
  "An `SSH_KEY` is a private key file: it signs for an agent and is given to nobody but the admin.",
);
export type SecretType = z.infer<typeof SecretType>;

export const ValueEncoding = z.enum(["utf8", "base64"]).describe(
  "How `value` is written in JSON: as its text, or as base64 of bytes that are no text.",
);
export type ValueEncoding = z.infer<typeof ValueEncoding>;

/** Body of `POST /admin/secrets`. */
export const CreateSecretRequest = z.object({
  key_path: z.string().describe(
    "Segments of letters, digits, `_`, `-` or `.`, joined by `/`, at most 255 characters; unique in its namespace.",
  ),
  secret_type: SecretType,
  value: z.string().describe("At most 1 MiB."),
  encoding: ValueEncoding.nullish(),
  description,
  namespace,
  is_honey_token: z.boolean().default(false).describe(
    "A decoy: reading it raises an alarm, ends the tokens of the project and freezes the agent.",
  ),
  unredactable: z.boolean().default(false).describe(
    "The value may be too short or too common to be replaced in what programs print: it may be seen.",
  ),
});
export type CreateSecretRequest = z.infer<typeof CreateSecretRequest>;

/** Body of `PUT /admin/secrets/:id`: what is absent or `null` stays. */
export const UpdateSecretRequest = z.object({
  value: z.string().nullish(),
  encoding: ValueEncoding.nullish(),
  description,
  is_honey_token: z.boolean().nullish(),
  unredactable: z.boolean().nullish(),
  version: z.int().min(1).nullish().describe(
    "The version that the caller saw; another one in the vault refuses the change. `If-Match` does the same.",
  ),
});
export type UpdateSecretRequest = z.infer<typeof UpdateSecretRequest>;

/** Body of `POST /admin/secrets/bulk`. */
export const ImportSecretsRequest = z.object({
  content: z.string().describe("A dotenv text."),
  namespace,
  description,
  duplicates: z.enum(["fail", "skip", "replace"]).default("fail").describe(
    "What happens to a key path that exists.",
  ),
  lowercase: z.boolean().default(true).describe("`OPENAI_API_KEY` becomes the key path `openai_api_key`."),
  partial: z.boolean().default(false).describe("Stores the good lines even where others are not."),
  unredactable: z.boolean().default(false).describe(
    "Stores values as well that programs may show; without it they are skipped and named.",
  ),
  dry_run: z.boolean().default(false).describe("Reports what would happen and stores nothing."),
  prefix: oneLine(200).nullish().describe("Comes before every name, joined by `/`."),
});
export type ImportSecretsRequest = z.infer<typeof ImportSecretsRequest>;

export const ImportOutcome = z.enum(["created", "replaced", "skipped", "invalid"]);
export type ImportOutcome = z.infer<typeof ImportOutcome>;

/** One line of an import's report. Never the value. */
export const ImportLine = z.object({
  line: z.int(),
  name: z.string().nullable(),
  key_path: z.string().nullable(),
  outcome: ImportOutcome,
  problem: z.string().nullable(),
});
export type ImportLine = Frozen<z.infer<typeof ImportLine>>;

/** Answer of `POST /admin/secrets/bulk`. */
export const ImportReport = z.object({
  stored: z.boolean().describe("False for a dry run: the outcomes are what would have happened."),
  dry_run: z.boolean(),
  namespace: z.string(),
  created: z.int(),
  replaced: z.int(),
  skipped: z.int(),
  invalid: z.int(),
  lines: z.array(ImportLine),
});
export type ImportReport = Frozen<z.infer<typeof ImportReport>>;

/** Query of `GET /admin/secrets`: only what fits. */
export const SecretListQuery = PageQuery.extend({
  key_path: z.string().max(255).optional(),
  namespace: z.string().max(63).optional(),
  is_honey_token: z.enum(["true", "false"]).optional(),
  search: z.string().max(255).optional().describe(
    "A piece of the key path or the description, capital or small.",
  ),
});
export type SecretListQuery = z.infer<typeof SecretListQuery>;

/** One row of `GET /admin/secrets`. */
export const SecretSummary = z.object({
  id: z.string(),
  key_path: z.string(),
  secret_type: SecretType,
  description: z.string().nullable(),
  namespace: z.string(),
  is_honey_token: z.boolean(),
  unredactable: z.boolean(),
  encoding: ValueEncoding,
  version: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type SecretSummary = Readonly<z.infer<typeof SecretSummary>>;

/** Answer of `GET /admin/secrets/:id`. */
export const SecretWithValue = SecretSummary.extend({
  value: z.string(),
});
export type SecretWithValue = Frozen<z.infer<typeof SecretWithValue>>;

/** Answer of `POST /admin/secrets`. */
export const CreatedSecret = z.object({ id: z.string(), key_path: z.string(), namespace: z.string() });

/** Answer of `PUT /admin/secrets/:id`, with the new version. */
export const UpdatedSecret = z.object({ updated: z.literal(true), id: z.string(), version: z.int() });

/** Answer of `DELETE /admin/secrets/:id`. */
export const DeletedSecret = z.object({ deleted: z.literal(true), grants_removed: z.int() });
