/**
 * Rotation of the KEK while the server serves: a new password, a new key, every sealed row re-wrapped. The new password is
 * valid from the first moment, the old one until nothing needs it; no request fails because of it.
 */

import type {
  KekRotationProgress,
  KekRotationState,
  RotateKeyAnswer,
  RotateKeyRequest,
} from "../../../shared/api/kek_rotation.ts";
import { formatOptionalTimestamp, SECOND } from "../../../shared/clock.ts";
import { wipe } from "../../../shared/crypto/wipe.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { AdminCaller } from "../../caller.ts";
import { type StepObserver, unobserved } from "../../durable_steps.ts";
import { kekOfPassword } from "../../recovery/kek_proof.ts";
import type { PasswordTries } from "../../recovery/password_tries.ts";
import type { Store } from "../../store/store.ts";
import { alreadyRunning } from "../../vault/rotation/begin.ts";
import { readRunning } from "../../vault/rotation/running.ts";
import { setPassword, type SetPasswordDeps } from "../../vault/rotation/set_password.ts";
import { countStale } from "../../vault/rotation/stale_rows.ts";
import type { ServiceDeps } from "../deps.ts";
import { KekRotationRun } from "./kek_rotation_run.ts";
import { success } from "../success.ts";

/** How long an answer waits for the end: most vaults are done by then, and no client has given up. */
const ANSWER_WAIT_MS = 20 * SECOND;

const WORDS: Readonly<Record<KekRotationState, string>> = {
  idle: "The key of this vault was never rotated",
  running:
    "The key is being rotated; the new password opens the vault already, the old one until this is complete",
  blocked:
    "Some rows do not open, so the old key is kept; restore or delete these rows, and the rotation ends by itself",
  completed:
    "The key was rotated; the old password and all older recovery shares are void: store the new password where the server reads it, and make new shares",
};

export class KekRotationService {
  readonly #store: Store;
  readonly #setPassword: SetPasswordDeps;
  readonly #reached: StepObserver;
  readonly #tries: PasswordTries;
  readonly #run: KekRotationRun;
  #starting = false;

  constructor(deps: ServiceDeps, tries: PasswordTries) {
    this.#store = deps.store;
    this.#setPassword = { ...deps, kdf: deps.config.argon2 };
    this.#reached = deps.reached ?? unobserved;
    this.#tries = tries;
    this.#run = new KekRotationRun(deps);
  }

  /** @throws VaultError `request.invalid`, `kek_rotation.running`, `auth.password_wrong`, `auth.throttled`, `server.busy` */
  async rotate(caller: AdminCaller, request: RotateKeyRequest): Promise<RotateKeyAnswer> {
    if (this.#starting) throw alreadyRunning();
    this.#starting = true;
    try {
      if (await readRunning(this.#store.reader) !== undefined) throw alreadyRunning();
      await this.#begin(caller, request);
    } finally {
      this.#starting = false;
    }
    if (request.wait !== false) await this.#endOrTime();
    const { kek_version, ...rest } = await this.progress(caller);
    return { rotated: rest.state === "completed", new_kek_version: kek_version, ...rest };
  }

  /** The rotation that runs, or the last one. */
  async progress(_caller: AdminCaller): Promise<KekRotationProgress> {
    const { reader } = this.#store;
    const { kek_version } = await reader.selectFrom("vault_seal").select("kek_version")
      .executeTakeFirstOrThrow();
    const row = await reader.selectFrom("kek_rotations").selectAll().where("to_version", "=", kek_version)
      .executeTakeFirst();
    const running = row?.state === "running";
    const unreadable = running ? this.#run.unreadable : [];
    const state = running && unreadable.length > 0 ? "blocked" : row?.state ?? "idle";
    return {
      state,
      kek_version,
      rows_total: row?.rows_total ?? 0,
      rows_rewrapped: row?.rows_rewrapped ?? 0,
      rows_remaining: running ? await countStale(reader, kek_version) : 0,
      secrets_rewrapped: row?.secrets_rewrapped ?? 0,
      begun_at: formatOptionalTimestamp(row?.begun_at ?? null),
      completed_at: formatOptionalTimestamp(row?.completed_at ?? null),
      unreadable: unreadable.map(({ table, id }) => ({ table, id })),
      message: WORDS[state],
    };
  }

  /** Goes on with what a restart or a fault left; see {@linkcode KekRotationRun.resume}. */
  async resume(): Promise<void> {
    if (!this.#starting) await this.#run.resume();
  }

  /** Leaves a rotation where it is: the next start goes on with it. */
  stop(): Promise<void> {
    return this.#run.stop();
  }

  async #begin(caller: AdminCaller, request: RotateKeyRequest): Promise<void> {
    await this.#proveCurrent(request.current_kek_password);
    const entry = (kek_version: number) => success(caller, "rotate_kek", { details: { kek_version } });
    const versions = await setPassword(this.#setPassword, request.new_kek_password, entry);
    this.#run.start(versions);
    this.#reached("kek_rotation.begun");
  }

  async #proveCurrent(password: string | null | undefined): Promise<void> {
    if (password === null || password === undefined) return;
    const proven = await this.#tries.attempt(() =>
      kekOfPassword(this.#store, this.#setPassword.derive, password)
    );
    if (proven === undefined) throw wrongPassword();
    wipe(proven.kek);
  }

  async #endOrTime(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, ANSWER_WAIT_MS);
    await Promise.race([this.#run.ended(), late.promise]);
    clearTimeout(timer);
  }
}

function wrongPassword(): VaultError {
  return new VaultError("auth.password_wrong", "The current unseal password is wrong; nothing was rotated");
}
