/**
 * E-mail by the program `himalaya`, which knows the operator's mail server and its password: we never do. The program is
 * found and everything that starting it takes is reserved at boot, because afterwards the server may look at no file and
 * make no native memory; the start itself is one call of the C library.
 *
 * It gets a message on standard input and a few variables; what it prints goes nowhere, since nobody knows what is in it.
 */

import { SECOND } from "../../shared/clock.ts";
import { utf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { Child } from "../../shared/os/child.ts";
import { CVector } from "../../shared/os/c_vector.ts";
import { closeFd, makePipe, openPath } from "../../shared/os/descriptor.ts";
import { FdStream } from "../../shared/os/fd_stream.ts";
import { libc } from "../../shared/os/libc.ts";
import { nativeArena } from "../../shared/os/native_arena.ts";
import { isErrno } from "../../shared/os/os_error.ts";
import { Reactor } from "../../shared/os/reactor.ts";
import { programCandidates } from "../../shared/os/search_path.ts";
import { spawnOn } from "../../shared/os/spawn.ts";
import type { MailProgram, Outcome } from "./send.ts";

/** A mail server may greet slowly on purpose; an end of the server waits no longer than this. */
const TIMEOUT_MS = 20 * SECOND;
const O_WRONLY = 1;
/** What a program needs to find its configuration, its keyring and the network: no setting of ours, so no secret. */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|XDG_\w+|HIMALAYA_\w+|DBUS_SESSION_BUS_ADDRESS|SSL_CERT_\w+)$/;

export interface HimalayaOptions {
  /** The server's own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** To be called at boot. Undefined where the program is not on `PATH`. */
export function findHimalaya({ environment, timeoutMs }: HimalayaOptions): MailProgram | undefined {
  const path = programCandidates("himalaya", environment["PATH"]).find(isExecutable);
  if (path === undefined) return undefined;
  libc();
  nativeArena();
  const passed = Object.entries(environment).filter(([name]) => PASSED_ON.test(name));
  const himalaya = new Himalaya(
    path,
    passed.map(([name, value]) => `${name}=${value}`),
    timeoutMs ?? TIMEOUT_MS,
  );
  return (message, account, signal) => himalaya.send(message, account, signal);
}

/** A relative path is none that we take: it would depend on where the server was started. */
function isExecutable(path: string): boolean {
  if (!path.startsWith("/")) return false;
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}

class Himalaya {
  readonly #path: string;
  readonly #environment: readonly string[];
  readonly #timeoutMs: number;

  constructor(path: string, environment: readonly string[], timeoutMs: number) {
    this.#path = path;
    this.#environment = environment;
    this.#timeoutMs = timeoutMs;
  }

  /** Never rejects but for a bug. */
  async send(message: string, account: string | undefined, signal?: AbortSignal): Promise<Outcome> {
    try {
      return await this.#run(message, account === undefined ? [] : ["--account", account], signal);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      return { delivered: false, result: "himalaya cannot be started" };
    }
  }

  async #run(message: string, account: readonly string[], signal?: AbortSignal): Promise<Outcome> {
    await using reactor = new Reactor();
    const { pid, input } = this.#start(reactor, ["message", "send", ...account]);
    using stream = input;
    const child = new Child(reactor, pid);
    const limit = AbortSignal.any([AbortSignal.timeout(this.#timeoutMs), signal ?? []].flat());
    const end = () => {
      child.signal("SIGKILL");
      stream.close();
    };
    limit.addEventListener("abort", end);
    if (limit.aborted) end();
    await Promise.all([feed(stream, message), child.ended]);
    limit.removeEventListener("abort", end);
    const { code } = child.reap();
    if (limit.aborted) return { delivered: false, result: "himalaya did not end in time" };
    return { delivered: code === 0, result: `himalaya ended with exit code ${code}` };
  }

  #start(reactor: Reactor, args: readonly string[]) {
    using cleanup = new DisposableStack();
    using environment = new CVector(this.#environment.map(utf8));
    const { reader, writer } = makePipe();
    cleanup.defer(() => closeFd(reader));
    using ours = new DisposableStack();
    ours.defer(() => closeFd(writer));
    const nowhere = openPath("/dev/null", O_WRONLY);
    cleanup.defer(() => closeFd(nowhere));
    const request = { program: this.#path, args, cwd: "/", environment, path: undefined };
    const pid = spawnOn(request, [reader, nowhere, nowhere]);
    ours.move();
    return { pid, input: new FdStream(reactor, writer) };
  }
}

/** A program that ends without reading its input says by its exit code what it thinks of that. */
async function feed(stream: FdStream, text: string): Promise<void> {
  try {
    await stream.write(utf8(text));
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  } finally {
    stream.close();
  }
}
