/** Recovery boot: shares in place of the password, told loudly, and with the way back to a password said at the end. */

import { VaultError } from "../../shared/errors.ts";
import type { LineInput } from "../../shared/terminal/hidden_line.ts";
import { type AuditEntry, SYSTEM_ORIGIN } from "../audit/entry.ts";
import type { RecoveryConfig } from "../config.ts";
import type { Logger } from "../log.ts";
import { collectShares } from "../recovery/collect_shares.ts";
import { ShareCollector } from "../recovery/share_collector.ts";
import { unsealByShares } from "../recovery/unseal.ts";
import { readVaultFacts } from "../recovery/vault_facts.ts";
import { StartupError } from "../startup_error.ts";
import type { Store } from "../store/store.ts";
import { setPassword, type SetPasswordDeps } from "../vault/rotation/set_password.ts";
import type { OpenOptions, Unsealed } from "../vault/seal.ts";
import { readNewPassword } from "./new_password.ts";
import { leaveTerminal } from "./hardening.ts";

export interface RecoveryBoot {
  readonly recovery: RecoveryConfig;
  readonly input: LineInput;
  readonly log: Logger;
  /** Takes secret settings out of the environment: a password that nobody needs as well. */
  readonly forgetSecrets: () => void;
}

/** An open vault, and the password that it is to have from now on, where somebody chose one. */
export interface RecoveredVault {
  readonly unsealed: Unsealed;
  readonly newPassword: string | undefined;
}

/** @throws StartupError where the shares are too few, of another vault, or altered */
export async function openByShares(
  store: Store,
  { recovery, input, log, forgetSecrets }: RecoveryBoot,
  options: OpenOptions,
): Promise<RecoveredVault> {
  const facts = await readVaultFacts(store);
  if (facts === undefined) {
    throw new StartupError(
      "CORTEX_RECOVERY_MODE is set, but the database has no vault yet; check DATABASE_URL, or unset it to make one",
    );
  }
  forgetSecrets();
  const collector = new ShareCollector(facts, recovery.threshold);
  const note = (line: string) => log.info("recovery share", { what: line });
  await collectShares(collector, { directory: recovery.sharesDirectory, input, note });
  const unsealed = await orStartupError(unsealByShares(store, collector, options));
  log.warn("recovery boot: the vault was opened by shares");
  const newPassword = await readNewPassword({ file: recovery.newPasswordFile, input });
  leaveTerminal(log);
  return { unsealed, newPassword };
}

/**
 * Begins the rotation to the new password, which goes on while the server serves; or says how to do it later. A rotation that
 * cannot begin, because another one is not complete yet, is no reason to serve nobody.
 */
export async function replaceLostPassword(
  deps: SetPasswordDeps,
  newPassword: string | undefined,
  log: Logger,
): Promise<void> {
  if (newPassword === undefined) {
    log.warn("the lost password is still the password; set a new one with cortex admin rotate-key");
    return;
  }
  try {
    await setPassword(deps, newPassword, entryOf);
    log.warn(
      "the new password is set and the key is being rotated: unset CORTEX_RECOVERY_MODE and make new recovery shares",
    );
  } catch (error) {
    log.error("the new password was not set; set it with cortex admin rotate-key", { error });
  }
}

function entryOf(kekVersion: number): AuditEntry {
  const details = { kek_version: kekVersion };
  return { principal: "system", action: "rotate_kek", status: "success", details, origin: SYSTEM_ORIGIN };
}

async function orStartupError(work: Promise<Unsealed>): Promise<Unsealed> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof VaultError ? new StartupError(error.message) : error;
  }
}
