/**
 * The admin token: the environment's `ADMIN_TOKEN`, or one made at first boot and shown once. The database holds its
 * HMAC under the pepper, so a stolen database gives neither the token nor a way to guess a weak one.
 */

import type { Clock } from "../../shared/clock.ts";
import { equalBytes, hmacSha256 } from "../../shared/crypto/hash.ts";
import type { StoredKey } from "../../shared/crypto/key_storage.ts";
import { randomHex, randomUuid } from "../../shared/crypto/random.ts";
import { type AuditEntry, SYSTEM_ORIGIN } from "../audit/entry.ts";
import type { Ledger, Tx } from "../audit/ledger.ts";
import type { AdminTokenTable } from "../store/schema.ts";
import type { Store } from "../store/store.ts";

type TokenOrigin = AdminTokenTable["origin"];

const GENERATED_BYTES = 32;
const DOMAIN = "cortexauth/admin-token/v1\n";

export interface AdminTokenOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly pepper: StoredKey;
  readonly clock: Clock;
  /** `ADMIN_TOKEN`, already checked by the configuration. */
  readonly fromEnvironment: string | undefined;
}

export interface AdminTokens {
  /** Set when a token was made now: the only moment in which it can be shown. */
  readonly generated: string | undefined;
  /** Whether a text is the admin token. Takes the same time whatever the text. */
  verify(text: string): boolean;
  /** Makes another token and gives it; only where the environment sets none. */
  readonly rotate?: (entry: AuditEntry) => Promise<string>;
}

/**
 * Settles which admin token holds. With `ADMIN_TOKEN` it alone does, and a changed one replaces the last; without it
 * the generated one does, made now where there is none.
 */
export async function loadAdminTokens(options: AdminTokenOptions): Promise<AdminTokens> {
  const { fromEnvironment } = options;
  if (fromEnvironment !== undefined) return await fromText(options, "environment", fromEnvironment);
  const stored = await findStored(options.store, "generated");
  if (stored === undefined) return await generate(options);
  return generatedOne(options, undefined, stored.token_mac);
}

async function generate(options: AdminTokenOptions): Promise<AdminTokens> {
  const token = randomHex(GENERATED_BYTES);
  const mac = macOf(options.pepper, token);
  await replace(options, "generated", mac);
  return generatedOne(options, token, mac);
}

/** A token of ours, which another one can take the place of while the server runs. */
function generatedOne(
  options: AdminTokenOptions,
  generated: string | undefined,
  stored: Uint8Array,
): AdminTokens {
  let mac = stored;
  return {
    generated,
    verify: (text) => equalBytes(macOf(options.pepper, text), mac),
    rotate: async (entry) => {
      const token = randomHex(GENERATED_BYTES);
      const next = macOf(options.pepper, token);
      await replace(options, "generated", next, entry);
      mac = next;
      return token;
    },
  };
}

async function fromText(
  options: AdminTokenOptions,
  origin: TokenOrigin,
  token: string,
): Promise<AdminTokens> {
  const mac = macOf(options.pepper, token);
  const stored = await findStored(options.store, origin);
  if (stored === undefined || !equalBytes(stored.token_mac, mac)) await replace(options, origin, mac);
  return { generated: undefined, verify: verifierOf(options.pepper, mac) };
}

async function replace(
  options: AdminTokenOptions,
  origin: TokenOrigin,
  mac: Uint8Array,
  entry: AuditEntry = {
    principal: "system",
    action: "admin_token_set",
    status: "success",
    details: { origin },
    origin: SYSTEM_ORIGIN,
  },
): Promise<void> {
  const row = { id: randomUuid(), token_mac: mac, origin, created_at: options.clock.now() };
  await options.ledger.commit(async (tx: Tx) => {
    await tx.db.deleteFrom("admin_tokens").where("origin", "=", origin).execute();
    await tx.db.insertInto("admin_tokens").values(row).execute();
    await tx.audit(entry);
  });
}

function findStored(store: Store, origin: TokenOrigin) {
  return store.reader.selectFrom("admin_tokens").select("token_mac").where("origin", "=", origin)
    .executeTakeFirst();
}

function verifierOf(pepper: StoredKey, expected: Uint8Array): (text: string) => boolean {
  return (text) => equalBytes(macOf(pepper, text), expected);
}

function macOf(pepper: StoredKey, token: string): Uint8Array {
  return pepper.use((key) => hmacSha256(key, DOMAIN + token));
}
