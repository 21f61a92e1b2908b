/**
 * The way to the daemon: its Unix socket, and the one-line protocol (section 6 of the wire contract) for everything
 * that is not a stream. No `node:` module is used here: loading one costs more than the whole of a run's start.
 */

import { VaultError } from "../shared/errors.ts";

/** No answer of one line is longer; the predecessor's answers with requested keys are the longest. */
const MAX_LINE_BYTES = 1024 * 1024;
const ANSWER_TIMEOUT_MS = 10_000;
const OTHERS_WRITE = 0o022;

export type LineAnswer = Readonly<Record<string, unknown>>;

/**
 * The caller's whole environment goes in there, so the socket has to be in a place that is this user's alone. Another
 * process of this user can still have put its own there: who answers is not proved.
 * @throws VaultError `client.daemon_not_running`, `client.peer_refused`
 */
export async function connectDaemon(path: string): Promise<Deno.UnixConn> {
  try {
    await checkOwner(path, "socket");
    await checkOwner(path.slice(0, Math.max(path.lastIndexOf("/"), 1)), "directory");
    return await Deno.connect({ transport: "unix", path });
  } catch (error) {
    if (error instanceof VaultError) throw error;
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new VaultError(
        "client.peer_refused",
        `You may not connect to the daemon's socket ${path}; a sandbox that this runs in has to allow it`,
        { cause: error },
      );
    }
    if (error instanceof Deno.errors.WouldBlock) {
      throw new VaultError("client.daemon_busy", `Too many callers wait for the daemon at ${path}`, {
        cause: error,
      });
    }
    throw new VaultError("client.daemon_not_running", `No cortex-daemon answers at ${path}`, {
      cause: error,
    });
  }
}

async function checkOwner(path: string, what: string): Promise<void> {
  const { uid, mode } = await Deno.stat(path);
  if (uid === Deno.uid() && ((mode ?? 0) & OTHERS_WRITE) === 0) return;
  throw new VaultError(
    "client.peer_refused",
    `The daemon's ${what} ${path} is not this user's alone, so somebody else may answer there`,
  );
}

/** Sends one request line and reads one answer line. An answer that is no JSON object is the daemon's mistake. */
export async function askDaemon(
  path: string,
  request: Readonly<Record<string, unknown>>,
  { timeoutMs }: { readonly timeoutMs: number | undefined } = { timeoutMs: ANSWER_TIMEOUT_MS },
): Promise<LineAnswer> {
  using connection = await connectDaemon(path);
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => connection.close(), timeoutMs);
  try {
    await writeAll(connection, new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    return parseAnswer(await readLine(connection));
  } catch (error) {
    if (error instanceof VaultError) throw error;
    throw new VaultError("client.daemon_busy", `The daemon at ${path} did not answer`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Writes all of it, however small the pieces that the socket takes. */
export async function writeAll(
  stream: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) at += await stream.write(bytes.subarray(at));
}

async function readLine(connection: Deno.UnixConn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16 * 1024);
  let text = "";
  for (let read: number | null; (read = await connection.read(buffer)) !== null;) {
    text += decoder.decode(buffer.subarray(0, read), { stream: true });
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
    if (text.length > MAX_LINE_BYTES) break;
  }
  return text;
}

function parseAnswer(line: string): LineAnswer {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // Said below.
  }
  throw new VaultError(
    "client.frame_invalid",
    "The daemon's answer is not understood; are both of one version?",
  );
}
