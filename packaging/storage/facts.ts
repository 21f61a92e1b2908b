/** How a column is kept. Whoever has the file and no password reads `plain`, `public` and `signature`, and nothing else. */

import type { Tables } from "../../server/store/schema.ts";

/** The kinds that are more than plain text, with the words of the document. */
export const KINDS = {
  sealed: "sealed",
  digest: "hashed",
  mac: "MAC",
  salt: "salt",
  public: "public key",
  signature: "signature",
} as const;
export type Kind = keyof typeof KINDS;

/** A column of one table, by name, and what it holds. */
export type ColumnsOf<T extends keyof Tables> = Partial<Record<keyof Tables[T] & string, string>>;

/** A table's columns: `plain` are names with spaces between them. */
export type TableFacts<T extends keyof Tables> =
  & { readonly holds: string; readonly plain: string }
  & { readonly [K in Kind]?: ColumnsOf<T> };

export type TablesOf<T extends keyof Tables> = { readonly [Name in T]: TableFacts<Name> };

/** What every table of envelopes has. */
export const ENVELOPE = {
  wrapped_dek: "the row's data key under the KEK, bound to the row",
  sealed_body: "AES-256-GCM under the row's data key, bound to the row",
} as const;
