/**
 * Passwords of people: Argon2id with a salt of each, at a cost that is the same whether or not there is an account, and bounded in
 * how many are derived at a time, because each takes memory and a third of a second.
 */

import type { Argon2Parameters } from "../../shared/crypto/argon2_parameters.ts";
import { printArgon2, readArgon2 } from "../../shared/crypto/argon2_parameters.ts";
import { equalBytes } from "../../shared/crypto/hash.ts";
import { randomBytes } from "../../shared/crypto/random.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { utf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import type { AdminUserTable } from "../store/people_schema.ts";
import type { DeriveKey } from "../vault/kdf.ts";

/** RFC 9106 section 4, the second recommended choice. */
export const PASSWORD_ARGON2: Argon2Parameters = { memoryKib: 64 * 1024, passes: 3, lanes: 4 };

/** Shorter ones are guessed; NIST SP 800-63B section 3.1.1.2 asks for 15 where nothing else stands beside the password. */
export const LEAST_PASSWORD = 12;
const LONGEST_PASSWORD = 1_024;
const SALT_BYTES = 16;
/** Three seconds of work; who comes later is told to come again. */
const MAX_WAITING = 8;

export type StoredPassword = Pick<AdminUserTable, "password_salt" | "password_hash" | "password_kdf">;

const NO_SALT = new Uint8Array(SALT_BYTES);

export class Passwords {
  readonly #derive: DeriveKey;
  #waiting = 0;

  constructor(derive: DeriveKey) {
    this.#derive = derive;
  }

  /** What is stored of a new password. @throws VaultError `person.password_weak`, `server.busy` */
  async store(password: string): Promise<StoredPassword> {
    checkStrength(password);
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#hash(password, salt, PASSWORD_ARGON2);
    return { password_salt: salt, password_hash: hash, password_kdf: printArgon2(PASSWORD_ARGON2) };
  }

  /**
   * Whether the password is the stored one. Without an account, or without a password of it, the same work is done and the
   * answer is no. @throws VaultError `server.busy`
   */
  async verify(password: string, stored: StoredPassword | undefined): Promise<boolean> {
    const parameters = typeof stored?.password_kdf === "string"
      ? readArgon2(stored.password_kdf)
      : PASSWORD_ARGON2;
    const hash = await this.#hash(
      password.slice(0, LONGEST_PASSWORD),
      stored?.password_salt ?? NO_SALT,
      parameters,
    );
    const expected = stored?.password_hash ?? undefined;
    return expected !== undefined && equalBytes(hash, expected);
  }

  async #hash(password: string, salt: Uint8Array, parameters: Argon2Parameters) {
    if (this.#waiting >= MAX_WAITING) {
      throw new VaultError("server.busy", "Too many people sign in at this moment; try again", {
        retryAfter: 3,
      });
    }
    this.#waiting++;
    const bytes = utf8(password.normalize("NFKC"));
    try {
      return await this.#derive(bytes, salt, parameters);
    } finally {
      this.#waiting--;
      wipe(bytes);
    }
  }
}

/** @throws VaultError `person.password_weak` */
function checkStrength(password: string): void {
  const characters = [...password];
  if (characters.length < LEAST_PASSWORD || characters.length > LONGEST_PASSWORD) {
    throw weak(`has to have ${LEAST_PASSWORD} to ${LONGEST_PASSWORD} characters`);
  }
  if (new Set(characters).size < 5) throw weak("repeats the same few characters; use several words");
}

function weak(problem: string): VaultError {
  return new VaultError("person.password_weak", `Field 'password' ${problem}`);
}
