/** The ways in which a vault is opened at boot: by password, from wherever it comes, by recovery shares, or not yet. */

import type { LineInput } from "../../shared/terminal/hidden_line.ts";
import type { RecoveryConfig, ServerConfig } from "../config.ts";
import type { Logger } from "../log.ts";
import { StartupError } from "../startup_error.ts";
import type { Store } from "../store/store.ts";
import { deriveByArgon2id } from "../vault/kdf.ts";
import { isInitialised, type OpenOptions, unseal, type Unsealed } from "../vault/seal.ts";
import { leaveTerminal } from "./hardening.ts";
import { passwordFromCommand } from "./kek_command.ts";
import { readPassword } from "./password.ts";
import { openByShares, replaceLostPassword } from "./recovery.ts";

export interface OpenVaultDeps {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly input: LineInput;
  /** All of the environment that is left, for the program that `CORTEX_KEK_COMMAND` names. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Takes secret settings out of the environment once they were read. */
  readonly forgetSecrets: () => void;
}

/** Undefined where the server is to listen sealed. @throws StartupError */
export async function openVault(
  deps: OpenVaultDeps,
  store: Store,
  options: OpenOptions,
): Promise<Unsealed | undefined> {
  const { config } = deps;
  if (config.recovery !== undefined) return await recover(deps, store, options, config.recovery);
  return config.listenSealed ? await staySealed(deps, store) : await openByPassword(deps, store, options);
}

/** Nobody is asked anything: whoever unseals does it over the network. */
async function staySealed({ log, forgetSecrets }: OpenVaultDeps, store: Store): Promise<undefined> {
  if (!await isInitialised(store)) {
    throw new StartupError(
      "CORTEX_LISTEN_SEALED is set, but the database has no vault yet; start once without it to choose the password",
    );
  }
  forgetSecrets();
  leaveTerminal(log);
}

async function recover(
  deps: OpenVaultDeps,
  store: Store,
  options: OpenOptions,
  recovery: RecoveryConfig,
): Promise<Unsealed> {
  const { unsealed, newPassword } = await openByShares(store, { ...deps, recovery }, options);
  const parts = {
    ...unsealed,
    store,
    clock: options.clock,
    derive: deriveByArgon2id,
    kdf: deps.config.argon2,
  };
  await replaceLostPassword(parts, newPassword, deps.log);
  return unsealed;
}

async function openByPassword(deps: OpenVaultDeps, store: Store, options: OpenOptions): Promise<Unsealed> {
  const { config } = deps;
  const isNew = !await isInitialised(store);
  deps.forgetSecrets();
  const password = config.kekCommand === undefined
    ? await readPassword({
      fromEnvironment: config.kekPassword,
      file: config.kekPasswordFile,
      input: deps.input,
      isNew,
    })
    : await passwordFromCommand({ words: config.kekCommand, environment: deps.environment() });
  leaveTerminal(deps.log);
  return await unseal(store, { ...options, password, kdf: config.argon2, derive: deriveByArgon2id });
}
