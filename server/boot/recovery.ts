/** Recovery boot: shares in place of the password, told loudly, and with the way back to a password said at the end. */

import { VaultError } from "../../shared/errors.ts";
import type { LineInput } from "../../shared/terminal/hidden_line.ts";
import type { RecoveryConfig } from "../config.ts";
import type { Logger } from "../log.ts";
import { collectShares } from "../recovery/collect_shares.ts";
import { ShareCollector } from "../recovery/share_collector.ts";
import { unsealByShares } from "../recovery/unseal.ts";
import { readVaultFacts } from "../recovery/vault_facts.ts";
import { StartupError } from "../startup_error.ts";
import type { Store } from "../store/store.ts";
import type { OpenOptions, Unsealed } from "../vault/seal.ts";
import { leaveTerminal } from "./hardening.ts";

export interface RecoveryBoot {
  readonly recovery: RecoveryConfig;
  readonly input: LineInput;
  readonly log: Logger;
  /** Takes secret settings out of the environment: a password that nobody needs as well. */
  readonly forgetSecrets: () => void;
}

/** @throws StartupError where the shares are too few, of another vault, or altered */
export async function openByShares(
  store: Store,
  { recovery, input, log, forgetSecrets }: RecoveryBoot,
  options: OpenOptions,
): Promise<Unsealed> {
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
  leaveTerminal(log);
  const unsealed = await orStartupError(unsealByShares(store, collector, options));
  log.warn("recovery boot: the vault was opened by shares; set a new password with cortex admin rotate-key");
  return unsealed;
}

async function orStartupError(work: Promise<Unsealed>): Promise<Unsealed> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof VaultError ? new StartupError(error.message) : error;
  }
}
