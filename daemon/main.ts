/**
 * `cortex-daemon`. The order of its start, and why:
 *
 *  1. Refuse foreign code and harden, before anything worth stealing is in memory.
 *  2. Hash our own executable while the system still shows it to us for sure.
 *  3. Prepare locked pages; look at the login. None is no reason to end: it is noticed when it comes (lesson A15).
 *     The agent's key goes from its 0600 file into a locked page when it is first needed, by the C library.
 *  4. Listen, privately from the first instant, before the permissions that could still spoil it are gone.
 *  5. Give permissions up: only the network is left.
 *  6. Attest with a key that never leaves memory, in the background: the socket answers while the server is away.
 *  7. Serve.
 *
 * The only file of the daemon that reads the environment or ends the process.
 */

import { cortexHome, readEnv } from "../shared/client/home.ts";
import { VaultError } from "../shared/errors.ts";
import { hardenProcess, refusePreload, refuseTracer } from "../shared/os/hardening.ts";
import { bootId, hostname, osLabel } from "../shared/os/host.ts";
import { libc } from "../shared/os/libc.ts";
import { lockedKeyStorage } from "../shared/os/locked_key_storage.ts";
import { ProgramHashes } from "../shared/os/program_hash.ts";
import { Reactor } from "../shared/os/reactor.ts";
import { ensurePrivateDirectory, UnixListener } from "../shared/os/unix_listener.ts";
import { VERSION, versionLine } from "../shared/version.ts";
import { readLocalList } from "./caller/local_list.ts";
import { Daemon } from "./daemon.ts";
import { createLog, failureFields, type Log } from "./log.ts";
import { LoginSource } from "./login.ts";
import { parseOptions, UNKNOWN_ARGUMENT, USAGE } from "./options.ts";
import { giveUpPermissions, probePermissions } from "./permissions.ts";
import { isOurVariable } from "./run/environment.ts";
import { ownMonitor } from "./terminal/own_monitor.ts";
import { runMonitor } from "./terminal/monitor.ts";
import { systemTimers } from "./timers.ts";

const USAGE_ERROR = 2;
const TRUTHY = ["1", "true", "TRUE", "yes"];

async function boot(log: Log): Promise<Daemon> {
  refusePreload(Deno.env.get);
  const steps = hardenProcess();
  refuseTracer();
  const hashes = new ProgramHashes();
  const binarySha256 = await ownHash(hashes);
  const allowedCallers = await readLocalList(readEnv("CORTEX_ALLOWED_CALLERS"), hashes);
  const storage = lockedKeyStorage();
  const home = cortexHome();
  ensurePrivateDirectory(home.directory);
  const { directory, sessionFile } = home;
  const allowInsecureHttp = TRUTHY.includes(readEnv("INSECURE_HTTP") ?? "");
  const logins = new LoginSource({ directory, sessionFile, storage, allowInsecureHttp });
  const surroundings = takeSurroundings();
  const monitor = ownMonitor(binarySha256);
  const reactor = new Reactor();
  const listener = UnixListener.open(reactor, home.socket);
  const sshListener = UnixListener.open(reactor, `${home.socket}.ssh`);
  const pid = libc().posix.getpid();
  const facts = { binarySha256, pid, uid: libc().posix.geteuid(), hostname: hostname(), bootId: bootId() };
  const host = { hostname: facts.hostname, os: osLabel() };
  const hardening = [...steps, ...storage.steps, giveUpPermissions()];
  for (const { step, done, reason } of hardening) if (!done) log.warn("not protected", { step, reason });
  log.info("listening", { socket: listener.path, pid, version: VERSION });
  return new Daemon({
    reactor,
    listener,
    sshListener,
    logins,
    hashes,
    allowedCallers,
    facts,
    host,
    surroundings,
    monitor,
    hardening,
    timers: systemTimers,
    log,
    random: Math.random,
  });
}

/** From source, the executable is Deno itself: what is attested then is which Deno, not which daemon. */
async function ownHash(hashes: ProgramHashes): Promise<string> {
  const hash = await hashes.ofProcess("self");
  if (hash !== undefined) return hash;
  throw new VaultError(
    "daemon.unsafe_environment",
    "The daemon cannot read its own executable; check its permissions",
  );
}

/** For the predecessor's `run`, whose children get the daemon's directory and environment. */
function takeSurroundings() {
  const environment = Object.entries(Deno.env.toObject()).filter(([name]) => !isOurVariable(name));
  return { cwd: Deno.cwd(), environment };
}

async function serve(selfTest: boolean): Promise<number> {
  const log = createLog({ json: readEnv("CORTEX_LOG") === "json", write: (line) => console.error(line) });
  const daemon = await bootOrExplain(log);
  if (daemon === undefined) return 1;
  const stop = () => daemon.stop();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) Deno.addSignalListener(signal, stop);
  const running = daemon.run();
  const outcome = selfTest ? probePermissions() : [];
  if (selfTest) {
    console.log(JSON.stringify(outcome));
    daemon.stop();
  }
  await running;
  return outcome.every(({ refused }) => refused) ? 0 : 1;
}

async function bootOrExplain(log: Log): Promise<Daemon | undefined> {
  try {
    return await boot(log);
  } catch (error) {
    log.error("cannot start", failureFields(error));
    return undefined;
  }
}

async function main(): Promise<number> {
  const options = parseOptions(Deno.args);
  if (options.kind === "serve") return await serve(options.selfTest);
  if (options.kind === "monitor") return await runMonitor();
  if (options.kind === "print") console.log(options.what === "help" ? USAGE : versionLine("cortex-daemon"));
  else console.error(UNKNOWN_ARGUMENT);
  return options.kind === "print" ? 0 : USAGE_ERROR;
}

Deno.exit(await main());
