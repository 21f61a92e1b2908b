/**
 * Boot, in the only order that is safe: database, password, keys, and a listener last of all. Whatever fails before the
 * listener ends the program with nothing served.
 */

import { SECOND, systemClock } from "../../shared/clock.ts";
import { VERSION } from "../../shared/version.ts";
import { createApp, type VaultApp } from "../app.ts";
import type { AuditSinks } from "../audit/sinks/sinks.ts";
import { type AdminTokens, loadAdminTokens } from "../identity/admin_token.ts";
import { loadSigningKeys } from "../identity/signing_keys_store.ts";
import type { StepObserver } from "../durable_steps.ts";
import { ClientAddress } from "../middleware/client_address.ts";
import { findHimalaya } from "../notify/himalaya.ts";
import type { MailProgram } from "../notify/send.ts";
import { SealGate } from "../seal/gate.ts";
import { Unsealer } from "../seal/unsealer.ts";
import { firstInvitation } from "../services/accounts/invitations.ts";
import { openStore, type Store } from "../store/store.ts";
import { keepKdf, type KeptKdf } from "../vault/kept_kdf.ts";
import type { OpenOptions, Unsealed } from "../vault/seal.ts";
import { openAuditSinks } from "./audit_sinks.ts";
import { adminTokenBanner, firstAccountBanner } from "./banner.ts";
import { checkNewestRows } from "./check_log.ts";
import { harden } from "./hardening.ts";
import { InFlight } from "./in_flight.ts";
import { takeInstanceLock } from "./instance_lock.ts";
import { listen, type Listening } from "./listen.ts";
import { openVault, type OpenVaultDeps } from "./open_vault.ts";
import { giveUpPermissions, tryForbidden } from "./permissions.ts";
import { clearReadyFile, writeReadyFile } from "./ready_file.ts";
import { drain, firstSignal } from "./stop.ts";
import { readTls } from "./tls.ts";

/** How often is looked which chores are due: those that come most often are due every second. */
const HOUSEKEEPING_MS = SECOND;

export interface StartDeps extends OpenVaultDeps {
  readonly env: (name: string) => string | undefined;
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
  const sinks = await openAuditSinks(config.auditSinks, systemClock, deps);
  const open = openOptions(deps, sinks);
  const unsealed = await openVault(deps, store, open);
  await sinks.attach(store.reader);
  const kdf = await keepKdf();
  const mail = findHimalaya({ environment: deps.environment() });
  let welcome: string | undefined;
  const showWelcome = (path: string) => void (welcome = path);
  const gate = new SealGate({
    unsealer: new Unsealer({ store, clock: systemClock, derive: kdf.derive, open }),
    addresses: new ClientAddress(config.trustedProxies),
    log,
    build: (opened, beginSeal) =>
      buildApp(deps, store, opened, {
        kdf,
        sinks,
        mail,
        beginSeal,
        protection: open.storage.protection,
        showWelcome,
      }),
    reached: deps.reached,
  });
  if (unsealed !== undefined) await gate.admit(unsealed);
  const signal = firstSignal(deps.endAtOnce);
  const abort = new AbortController();
  const inFlight = new InFlight();
  const listening = listen({ ...config, tls, handler: inFlight.count(gate.fetch), signal: abort.signal });
  announce(deps, listening, gate);
  if (welcome !== undefined) {
    deps.print(firstAccountBanner((config.publicUrl ?? listening.url).replace(/\/$/, "") + welcome));
  }
  if (config.selfTestPermissions) log.info("permissions tried", await tryForbidden());
  void gate.housekeep();
  const housekeeping = setInterval(() => void gate.housekeep(), HOUSEKEEPING_MS);
  const stop = async (reason: string) => {
    log.info("stopping", { reason });
    clearInterval(housekeeping);
    await gate.endStreams();
    await drain({ server: listening.server, abort, inFlight }, log);
    kdf.close();
    await gate.stop();
    await sinks.close();
    await store.close();
    log.info("stopped");
  };
  return { signal, stop };
}

function openOptions({ log, env }: StartDeps, sinks: AuditSinks): OpenOptions {
  return {
    storage: harden(log, env),
    clock: systemClock,
    ledger: { onFault: (error) => log.error("audit log cannot be written", { error }), sinks },
  };
}

interface AppParts {
  readonly kdf: KeptKdf;
  readonly sinks: AuditSinks;
  readonly mail: MailProgram | undefined;
  readonly beginSeal: () => void;
  /** Takes the path of the link for the first account, until the address of the server is known. */
  readonly showWelcome: (path: string) => void;
  /** Of keys in memory, for the log. */
  readonly protection: string;
}

/** Everything that serves, over a vault that was opened a moment ago. */
async function buildApp(
  deps: StartDeps,
  store: Store,
  unsealed: Unsealed,
  { kdf, sinks, mail, beginSeal, protection, showWelcome }: AppParts,
): Promise<VaultApp> {
  const { config, log } = deps;
  const { ledger, vault, keys } = unsealed;
  log.info(unsealed.firstBoot ? "vault made and unsealed" : "vault unsealed", {
    key_protection: protection,
  });
  await checkNewestRows(store, unsealed, log);
  const options = { store, ledger, pepper: keys.tokenPepper, clock: systemClock };
  const adminToken = await loadAdminTokens({ ...options, fromEnvironment: config.adminToken });
  showGenerated(deps, adminToken);
  if (adminToken.generated !== undefined) {
    const first = await firstInvitation(ledger, systemClock.now());
    if (first !== undefined) showWelcome(first.path);
  }
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
    mail,
    beginSeal,
    ...observed,
  };
  return createApp({ ...parts, config, adminToken, log });
}

function showGenerated({ print }: StartDeps, { generated }: AdminTokens): void {
  if (generated !== undefined) print(adminTokenBanner(generated));
}

/** In one turn with `listen`: no request is handled while there is more than the network. */
function announce({ config, log, pid }: StartDeps, { url }: Listening, { status }: SealGate): void {
  if (config.readyFile !== undefined) writeReadyFile(config.readyFile, { url, pid });
  const left = giveUpPermissions();
  if (left.length > 0) log.warn("some permissions could not be given up", { permissions: left });
  if (status.sealed) log.warn("the vault is sealed; unseal it with cortex admin unseal");
  log.info("listening", { url, version: VERSION });
}
