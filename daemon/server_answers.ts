/** What the server answers, read: undefined for anything else than a CortexAuth server sends. */

import type { RenderedTemplate, TemplateNeeds } from "../shared/api/templates.ts";
import type { SignResponse } from "../shared/api/sign.ts";
import { type Instant, parseTimestamp } from "../shared/clock.ts";
import { fromBase64 } from "../shared/encoding.ts";

export interface DiscoverAnswer {
  readonly token: string;
  /** 0 where the server's time is not understood: then the token is used once (section 0.1). */
  readonly expiresAt: Instant;
  /** Names that are mapped; undefined where the server does not say. */
  readonly mapped: readonly string[] | undefined;
  readonly unmatched: readonly string[];
}

export interface SecretsAnswer {
  readonly values: ReadonlyMap<string, string>;
  readonly withheld: readonly string[];
  /** Names that a new discover would bring, or ask a person for. */
  readonly moreGranted: readonly string[];
}

/** A key that signs in the vault. */
export interface ProjectSshKey {
  /** Of the grant. */
  readonly name: string;
  /** As SSH sends it. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly comment: string;
}

export function parseDiscover(value: unknown): DiscoverAnswer | undefined {
  const { project_token, token_expires_at, unmatched_keys, mapped_keys } = record(value);
  // The token goes into a header: anything else in it would be somebody's attack on us.
  if (typeof project_token !== "string" || !/^[A-Za-z0-9._~+/=-]{1,8192}$/.test(project_token)) {
    return undefined;
  }
  return {
    token: project_token,
    expiresAt: typeof token_expires_at === "string" ? parseTimestamp(token_expires_at) ?? 0 : 0,
    mapped: typeof mapped_keys === "object" && mapped_keys !== null ? Object.keys(mapped_keys) : undefined,
    unmatched: texts(unmatched_keys),
  };
}

/** A name that the environment cannot hold is no answer of a vault. */
export function parseSecrets(value: unknown): SecretsAnswer | undefined {
  const { env_vars, withheld, more_granted } = record(value);
  const entries = typeof env_vars === "object" && env_vars !== null ? Object.entries(env_vars) : undefined;
  if (entries === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [name, text] of entries) {
    if (typeof text !== "string" || !/^[^=\0]+$/.test(name)) return undefined;
    values.set(name, text);
  }
  const names = Array.isArray(withheld) ? withheld.map((entry) => record(entry)["name"]) : [];
  return { values, withheld: texts(names), moreGranted: texts(more_granted) };
}

export function parseSshKeys(value: unknown): readonly ProjectSshKey[] | undefined {
  const { keys } = record(value);
  if (!Array.isArray(keys)) return undefined;
  const parsed = keys.map(parseSshKey);
  return parsed.every((key) => key !== undefined) ? parsed : undefined;
}

function parseSshKey(value: unknown): ProjectSshKey | undefined {
  const { name, public_key, comment } = record(value);
  const publicKey = typeof public_key === "string" ? fromBase64(public_key) : undefined;
  if (typeof name !== "string" || typeof comment !== "string" || publicKey === undefined) return undefined;
  return { name, publicKey, comment };
}

/** The signature as SSH sends it. */
export function parseSignature(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  const { signature } = record(value);
  return typeof signature === "string" ? fromBase64(signature) : undefined;
}

/** A rendered template, or what a token lacks for it. */
export function parseRendered(value: unknown): RenderedTemplate | TemplateNeeds | undefined {
  const { needs, text, names, values } = record(value);
  if (Array.isArray(needs)) return { needs: texts(needs) };
  if (typeof text !== "string" || !Array.isArray(names)) return undefined;
  const entries = Object.entries(record(values)).filter((entry): entry is [string, string] =>
    typeof entry[1] === "string"
  );
  return { text, names: texts(names), values: Object.fromEntries(entries) };
}

/** What was signed, and nothing that came beside it. */
export function parseSigned(value: unknown): SignResponse | undefined {
  const { kind, headers, query, token, mac } = record(value);
  if ((kind === "aws" || kind === "webhook") && isPairs(headers)) return { kind, headers };
  if (kind === "aws_presigned" && typeof query === "string") return { kind, query };
  if (kind === "jwt" && typeof token === "string") return { kind, token };
  return kind === "hmac" && typeof mac === "string" ? { kind, mac } : undefined;
}

function isPairs(value: unknown): value is readonly (readonly [string, string])[] {
  return Array.isArray(value) &&
    value.every((pair: unknown) =>
      Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === "string")
    );
}

function record(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
