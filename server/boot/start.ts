/**
 * Boot, in the only order that is safe: database, password, keys, and a listener last of all. Whatever fails before the
 * listener ends the program with nothing served.
 */

import { SECOND, systemClock } from "../../shared/clock.ts";
import type { LineInput } from "../../shared/terminal/hidden_line.ts";
import { VERSION } from "../../shared/version.ts";
import { createApp, type VaultApp } from "../app.ts";
import { SYSTEM_ORIGIN } from "../audit/entry.ts";
import type { AuditSinks } from "../audit/sinks/sinks.ts";
import type { RecoveryConfig, ServerConfig } from "../config.ts";
import { type AdminTokens, loadAdminTokens } from "../identity/admin_token.ts";
import { loadSigningKeys } from "../identity/signing_keys_store.ts";
import type { StepObserver } from "../durable_steps.ts";
import type { Logger } from "../log.ts";
import { openStore, type Store } from "../store/store.ts";
import { deriveByArgon2id } from "../vault/kdf.ts";
import { keepKdf, type KeptKdf } from "../vault/kept_kdf.ts";
import { isInitialised, type OpenOptions, unseal, type Unsealed } from "../vault/seal.ts";
import { openAuditSinks } from "./audit_sinks.ts";
import { adminTokenBanner } from "./banner.ts";
import { checkNewestRows } from "./check_log.ts";
import { harden, leaveTerminal } from "./hardening.ts";
import { InFlight } from "./in_flight.ts";
import { takeInstanceLock } from "./instance_lock.ts";
import { listen, type Listening } from "./listen.ts";
import { readPassword } from "./password.ts";
import { openByShares, replaceLostPassword } from "./recovery.ts";
import { giveUpPermissions, tryForbidden } from "./permissions.ts";
import { clearReadyFile, writeReadyFile } from "./ready_file.ts";
import { drain, firstSignal } from "./stop.ts";
import { readTls } from "./tls.ts";

/** How often is looked which chores are due. */
const HOUSEKEEPING_MS = 5 * SECOND;

export interface StartDeps {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly input: LineInput;
  readonly env: (name: string) => string | undefined;
  /** Takes secret settings out of the environment once they were read. */
  readonly forgetSecrets: () => void;
  /** Writes to standard output as it is. */
  readonly print: (text: string) => void;
  readonly pid: number;
  /** What a second signal does. */
  readonly endAtOnce: () => void;
  /** Tests watch long pieces of work; nobody else does. */
  readonly reached?: StepObserver;
}

export interface RunningServer {
  /** Resolves with the first signal that asks the server to end. */
  readonly signal: Promise<string>;
  /** Finishes requests, flushes the audit log, closes the database and wipes the keys. */
  stop(reason: string): Promise<void>;
}

/** @throws StartupError, and the process must end then */
export async function start(deps: StartDeps): Promise<RunningServer> {
  const { config, log } = deps;
  for (const warning of config.warnings) log.warn(warning);
  if (config.readyFile !== undefined) clearReadyFile(config.readyFile);
  const tls = config.tls === undefined ? undefined : await readTls(config.tls);
  for (const warning of tls?.warnings ?? []) log.warn(warning);
  takeInstanceLock(config.databasePath, deps.pid, log);
  const store = await openStore(config.databasePath, systemClock);
  for (const warning of store.warnings) log.warn(warning);
  const sinks = await openAuditSinks(config.auditSinks, systemClock, deps.pid);
  const unsealed = await openVault(deps, store, sinks);
  await sinks.attach(store.reader);
  const kdf = await keepKdf();
  const app = await buildApp(deps, store, unsealed, { kdf, sinks });
  const signal = firstSignal(deps.endAtOnce);
  const abort = new AbortController();
  const inFlight = new InFlight();
  const listening = listen({ ...config, tls, handler: inFlight.count(app.fetch), signal: abort.signal });
  announce(deps, listening);
  if (config.selfTestPermissions) log.info("permissions tried", await tryForbidden());
  void app.housekeep();
  const housekeeping = setInterval(() => void app.housekeep(), HOUSEKEEPING_MS);
  const stop = async (reason: string) => {
    log.info("stopping", { reason });
    clearInterval(housekeeping);
    await app.endStreams();
    await drain({ server: listening.server, abort, inFlight }, log);
    kdf.close();
    await shutDown(app, store, unsealed, sinks);
    log.info("stopped");
  };
  return { signal, stop };
}

async function openVault(deps: StartDeps, store: Store, sinks: AuditSinks): Promise<Unsealed> {
  const { config, log } = deps;
  const storage = harden(log, deps.env);
  const options: OpenOptions = {
    storage,
    clock: systemClock,
    ledger: { onFault: (error) => log.error("audit log cannot be written", { error }), sinks },
  };
  const unsealed = config.recovery === undefined
    ? await openByPassword(deps, store, options)
    : await recover(deps, store, options, config.recovery);
  log.info(unsealed.firstBoot ? "vault made and unsealed" : "vault unsealed", {
    key_protection: storage.protection,
  });
  await checkNewestRows(store, unsealed, log);
  return unsealed;
}

async function recover(
  deps: StartDeps,
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

async function openByPassword(deps: StartDeps, store: Store, options: OpenOptions): Promise<Unsealed> {
  const { config } = deps;
  const isNew = !await isInitialised(store);
  const password = await readPassword({
    fromEnvironment: config.kekPassword,
    file: config.kekPasswordFile,
    input: deps.input,
    isNew,
  });
  deps.forgetSecrets();
  leaveTerminal(deps.log);
  return await unseal(store, { ...options, password, kdf: config.argon2, derive: deriveByArgon2id });
}

async function buildApp(
  deps: StartDeps,
  store: Store,
  unsealed: Unsealed,
  { kdf, sinks }: { readonly kdf: KeptKdf; readonly sinks: AuditSinks },
): Promise<VaultApp> {
  const { config, log } = deps;
  const { ledger, vault, keys } = unsealed;
  const options = { store, ledger, pepper: keys.tokenPepper, clock: systemClock };
  const adminToken = await loadAdminTokens({ ...options, fromEnvironment: config.adminToken });
  showGenerated(deps, adminToken);
  const signingKeys = await loadSigningKeys(store, keys.signing, systemClock);
  const observed = deps.reached === undefined ? {} : { reached: deps.reached };
  const parts = {
    store,
    ledger,
    vault,
    signingKeys,
    clock: systemClock,
    derive: kdf.derive,
    auditSinks: sinks,
    ...observed,
  };
  return createApp({ ...parts, config, adminToken, log });
}

function showGenerated({ print }: StartDeps, { generated }: AdminTokens): void {
  if (generated !== undefined) print(adminTokenBanner(generated));
}

/** In one turn with `listen`: no request is handled while there is more than the network. */
function announce({ config, log, pid }: StartDeps, { url }: Listening): void {
  if (config.readyFile !== undefined) writeReadyFile(config.readyFile, { url, pid });
  const left = giveUpPermissions();
  if (left.length > 0) log.warn("some permissions could not be given up", { permissions: left });
  log.info("listening", { url, version: VERSION });
}

async function shutDown(
  app: VaultApp,
  store: Store,
  unsealed: Unsealed,
  sinks: AuditSinks,
): Promise<void> {
  await app.stop();
  await unsealed.ledger.commit((tx) =>
    tx.audit({ principal: "system", action: "server_stop", status: "success", origin: SYSTEM_ORIGIN })
  );
  await unsealed.close();
  await sinks.close();
  await store.close();
}
