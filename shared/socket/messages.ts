/**
 * What daemon and command line say to each other on the Unix socket: the request line, the one-line answers and the
 * typed form of every frame. Nothing here carries a value of the vault or a token; `exec` carries the caller's own
 * environment, so a request line is never logged.
 */

import type { SignResponse } from "../api/sign.ts";
import { fromUtf8, utf8 } from "../encoding.ts";
import { VaultError, type WireError } from "../errors.ts";
import type { ProtectionStep } from "../os/protection.ts";
import { type CommandRequestLine, type ExplainRequestLine, PROTOCOL_VERSION } from "./command_lines.ts";
import { encodeFrame, FRAME, type Frame, type OutputStream, STDERR, STDOUT } from "./frames.ts";

export type { CommandRequestLine, ExplainRequestLine, MeantCommand } from "./command_lines.ts";
export { PROTOCOL_VERSION };

/** Longest request or answer line without its LF: the caller's whole environment may be in it. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** Signals that a caller may pass on to its child's process group. */
export const FORWARDED_SIGNALS = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGWINCH",
  "SIGTSTP",
  "SIGCONT",
] as const;
export type ForwardedSignal = typeof FORWARDED_SIGNALS[number];

/** `exec`: run a program with a project's values. After this line both sides speak frames. */
export interface ExecRequest {
  readonly cmd: "exec";
  readonly v: typeof PROTOCOL_VERSION;
  readonly project: string;
  /** As typed: searched in the `PATH` of `env` when it has no slash. */
  readonly program: string;
  /** Without the program itself. */
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The caller's whole environment, in order. */
  readonly env: readonly (readonly [name: string, value: string])[];
  /** Environment names wanted; null asks for everything that is granted. */
  readonly names: readonly string[] | null;
  /** Which of the program's standard streams are to be on a terminal; without standard output none is. */
  readonly tty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** What the program's terminal is to be like: the caller's own. */
  readonly terminal?: TerminalShape;
  /** The program may log in by the project's SSH keys. */
  readonly ssh?: boolean;
  /** The program gets this as a file; see `CORTEX_TEMPLATE_FILE`. */
  readonly template?: TemplateOrder;
  /** The program's output is to come through as it is, where a policy allows it. */
  readonly unredacted?: boolean;
}

export interface TerminalShape {
  readonly rows: number;
  readonly columns: number;
  /** `struct termios` of this system, base64. */
  readonly settings?: string;
}

/** A stored template by its name, or the text of one. */
export type TemplateOrder = { readonly name: string } | { readonly text: string };

/** `template`: renders one into a file. One line in, one line out. */
export interface TemplateRequestLine {
  readonly cmd: "template";
  readonly v: typeof PROTOCOL_VERSION;
  readonly project: string;
  readonly template: TemplateOrder;
  /** Absolute. */
  readonly cwd: string;
  /** The caller's process is in that directory, and in no other that has its name by now. */
  readonly here: boolean;
  /** Below it. */
  readonly out: string;
  /** A plain file of ours that is there is replaced. */
  readonly force: boolean;
}

/** Answer to `template`. */
export interface TemplateAnswer {
  readonly ok: true;
  readonly bytes: number;
  /** Of the values that went in. */
  readonly names: readonly string[];
}

/** `sign`: a signature by a key that stays in the vault. One line in, one line out. */
export interface SignRequestLine {
  readonly cmd: "sign";
  readonly v: typeof PROTOCOL_VERSION;
  readonly project: string;
  /** Absolute. */
  readonly cwd: string;
  /** A `SignRequest`, which the server checks; the daemon knows its kind and the names in it. */
  readonly request: SignOrder;
}

export interface SignOrder {
  readonly kind: string;
  readonly name: string;
  readonly access_key_id_name?: string;
  readonly session_token_name?: string;
}

/** Answer to `sign`. */
export type SignAnswer = { readonly ok: true } & SignResponse;

/** `run` of the predecessor: one line in, one line out. */
export interface LegacyRunRequest {
  readonly cmd: "run";
  readonly project: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env_file?: string;
}

export interface PlainRequest {
  readonly cmd: "status" | "stop" | "reload";
  /** Absent from the predecessor's command line. */
  readonly v?: number;
}

export type SocketRequest =
  | ExecRequest
  | ExplainRequestLine
  | CommandRequestLine
  | SignRequestLine
  | TemplateRequestLine
  | LegacyRunRequest
  | PlainRequest;

/** The child runs. */
export interface Started {
  readonly pid: number;
  /** Names that the child got from the vault. */
  readonly delivered: readonly string[];
  /** Those of them that it got as files, whose places are in variables `NAME_FILE`. */
  readonly files: readonly string[];
  /** Names that were asked for and not delivered: not granted, or not stored. */
  readonly unmatched: readonly string[];
  /** Why not, of those that are granted: a `reason` of the server. */
  readonly reasons: Readonly<Record<string, string>>;
  /** Names whose values are too short or too common to be replaced in the output. */
  readonly unredacted: readonly string[];
}

/** The child ended. `code` is its exit code, or 128 + n when it was killed by signal n. */
export interface Exited {
  readonly code: number;
  readonly signal?: string;
}

/** A failed answer of one line. `error_code` and `details` as in HTTP errors. */
export interface FailedAnswer extends WireError {
  readonly ok: false;
  readonly message: string;
  /** Beside `details` for the predecessor's command line. */
  readonly grant_id?: string;
  readonly requested_keys?: readonly string[];
}

export type SessionState = "logged_out" | "connecting" | "attested" | "refused";

/** Answer to `status`. The first five fields are the predecessor's, its `session` without the token. */
export interface StatusAnswer {
  readonly ok: true;
  readonly session: { readonly server_url: string; readonly expires_at?: string } | null;
  readonly attest_session_id: string;
  readonly agent_id: string;
  readonly server_url: string;
  readonly version: string;
  readonly pid: number;
  readonly uptime_seconds: number;
  readonly binary_sha256: string;
  readonly session_state: SessionState;
  readonly session_expires_at?: string;
  /** Why the session is not attested, with the next step. */
  readonly problem?: WireError;
  readonly hardening: readonly ProtectionStep[];
  readonly projects: readonly { readonly project: string; readonly token_expires_at: string }[];
  readonly running_children: number;
}

/** A frame from the daemon, read. */
export type DaemonMessage =
  | { readonly kind: "started"; readonly started: Started }
  | { readonly kind: "output"; readonly stream: OutputStream; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "output_end"; readonly stream: OutputStream }
  | { readonly kind: "exit"; readonly exited: Exited }
  | { readonly kind: "error"; readonly error: WireError }
  | { readonly kind: "stdin_credit"; readonly bytes: number }
  | { readonly kind: "stdin_closed" }
  | { readonly kind: "suspended" };

/** A frame from the caller, read. */
export type CallerMessage =
  | { readonly kind: "stdin"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "stdin_end" }
  | { readonly kind: "signal"; readonly name: ForwardedSignal }
  | { readonly kind: "resize"; readonly rows: number; readonly columns: number }
  | { readonly kind: "output_credit"; readonly stream: OutputStream; readonly bytes: number }
  | { readonly kind: "output_closed"; readonly stream: OutputStream };

/** Bytes of a frame with a JSON payload. */
export function encodeJsonFrame(
  type: typeof FRAME.started | typeof FRAME.exit | typeof FRAME.error,
  body: Started | Exited | WireError,
): Uint8Array<ArrayBuffer> {
  return encodeFrame(type, utf8(JSON.stringify(body)));
}

/** Bytes of a `signal` frame. */
export function encodeSignal(name: ForwardedSignal): Uint8Array<ArrayBuffer> {
  return encodeFrame(FRAME.signal, utf8(name));
}

/** Bytes of a `resize` frame. */
export function encodeResize(rows: number, columns: number): Uint8Array<ArrayBuffer> {
  const payload = new DataView(new ArrayBuffer(4));
  payload.setUint16(0, rows);
  payload.setUint16(2, columns);
  return encodeFrame(FRAME.resize, new Uint8Array(payload.buffer));
}

/** Bytes of the frame that gives credit for stdin. */
export function encodeStdinCredit(bytes: number): Uint8Array<ArrayBuffer> {
  return encodeFrame(FRAME.stdinCredit, uint32(bytes));
}

/** Bytes of the frame that gives credit for an output. */
export function encodeOutputCredit(stream: OutputStream, bytes: number): Uint8Array<ArrayBuffer> {
  return encodeFrame(FRAME.outputCredit, Uint8Array.of(stream, ...uint32(bytes)));
}

/** Bytes of an `outputEnd` or `outputClosed` frame. */
export function encodeStreamFrame(
  type: typeof FRAME.outputEnd | typeof FRAME.outputClosed,
  stream: OutputStream,
): Uint8Array<ArrayBuffer> {
  return encodeFrame(type, Uint8Array.of(stream));
}

/** @throws VaultError `client.frame_invalid` */
export function readDaemonFrame({ type, payload }: Frame): DaemonMessage {
  switch (type) {
    case FRAME.started:
      return { kind: "started", started: readStarted(readJson(payload)) };
    case FRAME.stdout:
      return { kind: "output", stream: STDOUT, bytes: payload };
    case FRAME.stderr:
      return { kind: "output", stream: STDERR, bytes: payload };
    case FRAME.outputEnd:
      return { kind: "output_end", stream: readStream(payload) };
    case FRAME.exit:
      return { kind: "exit", exited: readExited(readJson(payload)) };
    case FRAME.error:
      return { kind: "error", error: readError(readJson(payload)) };
    case FRAME.stdinCredit:
      return { kind: "stdin_credit", bytes: view(payload).getUint32(0) };
    case FRAME.stdinClosed:
      return { kind: "stdin_closed" };
    case FRAME.suspended:
      return { kind: "suspended" };
    default:
      throw invalid();
  }
}

/** @throws VaultError `client.frame_invalid` */
export function readCallerFrame({ type, payload }: Frame): CallerMessage {
  switch (type) {
    case FRAME.stdin:
      return { kind: "stdin", bytes: payload };
    case FRAME.stdinEnd:
      return { kind: "stdin_end" };
    case FRAME.signal:
      return { kind: "signal", name: readSignal(payload) };
    case FRAME.resize:
      return { kind: "resize", rows: view(payload).getUint16(0), columns: view(payload).getUint16(2) };
    case FRAME.outputCredit:
      return { kind: "output_credit", stream: readStream(payload), bytes: view(payload).getUint32(1) };
    case FRAME.outputClosed:
      return { kind: "output_closed", stream: readStream(payload) };
    default:
      throw invalid();
  }
}

function readStream(payload: Uint8Array): OutputStream {
  const stream = payload[0];
  if (stream === STDOUT || stream === STDERR) return stream;
  throw invalid();
}

function readSignal(payload: Uint8Array): ForwardedSignal {
  const text = fromUtf8(payload);
  const name = FORWARDED_SIGNALS.find((signal) => signal === text);
  if (name === undefined) throw invalid();
  return name;
}

function readJson(payload: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(fromUtf8(payload) ?? "");
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below: the text itself is not quoted.
  }
  throw invalid();
}

function readStarted(body: Readonly<Record<string, unknown>>): Started {
  const { pid, delivered, unmatched, unredacted = [], files = [], reasons = {} } = body;
  if (!Number.isSafeInteger(pid) || !isTexts(delivered) || !isTexts(unmatched)) throw invalid();
  if (!isTexts(unredacted) || !isTexts(files)) throw invalid();
  return { pid: Number(pid), delivered, files, unmatched, reasons: readReasons(reasons), unredacted };
}

function readReasons(value: unknown): Started["reasons"] {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : undefined;
  if (entries === undefined) throw invalid();
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function readExited({ code, signal }: Readonly<Record<string, unknown>>): Exited {
  if (!Number.isSafeInteger(code)) throw invalid();
  return { code: Number(code), ...(typeof signal === "string" ? { signal } : {}) };
}

function readError({ error, error_code, details }: Readonly<Record<string, unknown>>): WireError {
  if (typeof error !== "string" || typeof error_code !== "string") throw invalid();
  const facts = typeof details === "object" && details !== null ? { details: { ...details } } : {};
  return { error, error_code, ...facts };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function uint32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  view(bytes).setUint32(0, value);
  return bytes;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function invalid(): VaultError {
  return new VaultError(
    "client.frame_invalid",
    "A frame's content is not understood; use a daemon and command line of one version",
  );
}
