/**
 * The request line of a connection, read. It comes from a process of our own user and may still be anything. Nothing of
 * it is ever quoted: it holds the caller's whole environment.
 */

import { fromUtf8 } from "../shared/encoding.ts";
import { VaultError } from "../shared/errors.ts";
import { parseProjectName } from "../shared/names.ts";
import {
  type CommandRequestLine,
  type ExecRequest,
  type ExplainRequestLine,
  type LegacyRunRequest,
  type MeantCommand,
  PROTOCOL_VERSION,
  type SignRequestLine,
  type SocketRequest,
  type TemplateOrder,
  type TemplateRequestLine,
} from "../shared/socket/messages.ts";
import { MAX_TEMPLATE_CHARACTERS } from "../shared/template_limits.ts";

type Fields = Partial<Record<string, unknown>>;

/** @throws VaultError `request.malformed_json`, `request.invalid` */
export function parseRequestLine(line: Uint8Array): SocketRequest {
  const fields = parseObject(line);
  switch (fields["cmd"]) {
    case "status":
    case "stop":
    case "reload":
      return { cmd: fields["cmd"], ...(typeof fields["v"] === "number" ? { v: fields["v"] } : {}) };
    case "run":
      return parseLegacyRun(fields);
    case "exec":
      return parseExec(fields);
    case "explain":
      return parseExplain(fields);
    case "request":
      return parseCommandRequest(fields);
    case "sign":
      return parseSign(fields);
    case "template":
      return parseTemplateRequest(fields);
    default:
      throw invalid("cmd is none of status, run, exec, explain, request, sign, template, reload and stop");
  }
}

function parseExplain(fields: Fields): ExplainRequestLine {
  return {
    cmd: "explain",
    ...parseMeant(fields),
    command: fields["command"] === null ? null : parseCommand(fields["command"]),
  };
}

function parseCommandRequest(fields: Fields): CommandRequestLine {
  const { uses, seconds, note } = fields;
  if (uses !== null && !isCount(uses)) throw invalid("uses is no whole number above 0");
  if (!isCount(seconds)) throw invalid("seconds is no whole number above 0");
  return {
    cmd: "request",
    ...parseMeant(fields),
    command: parseCommand(fields["command"]),
    patterns: fields["patterns"] === true,
    commit: fields["commit"] === true,
    ...(fields["any_command"] === true ? { any_command: true } : {}),
    ...(fields["environment"] === undefined ? {} : { environment: texts(fields, "environment") }),
    uses,
    seconds,
    note: note === null || note === undefined ? null : text(fields, "note"),
  };
}

function parseMeant(fields: Fields): Pick<ExplainRequestLine, "v" | "project" | "names"> {
  if (fields["v"] !== PROTOCOL_VERSION) throw anotherVersion();
  return {
    v: PROTOCOL_VERSION,
    project: parseProjectName(text(fields, "project")),
    names: fields["names"] === null ? null : texts(fields, "names"),
  };
}

function parseCommand(value: unknown): MeantCommand {
  const fields: Fields = typeof value === "object" && value !== null ? { ...value } : {};
  const cwd = text(fields, "cwd");
  if (!cwd.startsWith("/")) throw invalid("cwd is no absolute path");
  return {
    program: text(fields, "program"),
    args: texts(fields, "args"),
    cwd,
    path: fields["path"] === null ? null : text(fields, "path"),
  };
}

/** Everything else in the request is the server's to read. */
function parseSign(fields: Fields): SignRequestLine {
  if (fields["v"] !== PROTOCOL_VERSION) throw anotherVersion();
  const { request } = fields;
  const order: Fields = typeof request === "object" && request !== null ? { ...request } : {};
  const cwd = text(fields, "cwd");
  if (!cwd.startsWith("/")) throw invalid("cwd is no absolute path");
  const parts = ["access_key_id_name", "session_token_name"] as const;
  for (const part of parts) if (order[part] !== undefined) text(order, part);
  return {
    cmd: "sign",
    v: PROTOCOL_VERSION,
    project: parseProjectName(text(fields, "project")),
    cwd,
    request: { ...order, kind: text(order, "kind"), name: text(order, "name") },
  };
}

function parseTemplateRequest(fields: Fields): TemplateRequestLine {
  if (fields["v"] !== PROTOCOL_VERSION) throw anotherVersion();
  const cwd = text(fields, "cwd");
  if (!cwd.startsWith("/")) throw invalid("cwd is no absolute path");
  return {
    cmd: "template",
    v: PROTOCOL_VERSION,
    project: parseProjectName(text(fields, "project")),
    template: parseTemplateOrder(fields["template"]),
    cwd,
    here: fields["here"] === true,
    out: text(fields, "out"),
    force: fields["force"] === true,
  };
}

/** The text of a template may hold anything that a file does. */
function parseTemplateOrder(value: unknown): TemplateOrder {
  const fields: Fields = typeof value === "object" && value !== null ? { ...value } : {};
  const { text: content } = fields;
  if (content === undefined) return { name: text(fields, "name") };
  if (typeof content !== "string" || content.length > MAX_TEMPLATE_CHARACTERS) {
    throw invalid(`The template is longer than ${MAX_TEMPLATE_CHARACTERS} characters, or no text`);
  }
  return { text: content };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

function anotherVersion(): VaultError {
  return invalid(
    `The daemon speaks version ${PROTOCOL_VERSION} of its protocol; use a command line of the same release`,
  );
}

function parseExec(fields: Fields): ExecRequest {
  if (fields["v"] !== PROTOCOL_VERSION) throw anotherVersion();
  const cwd = text(fields, "cwd");
  if (!cwd.startsWith("/")) throw invalid("cwd is no absolute path");
  return {
    cmd: "exec",
    v: PROTOCOL_VERSION,
    project: parseProjectName(text(fields, "project")),
    program: text(fields, "program"),
    args: texts(fields, "args"),
    cwd,
    env: parseEnvironment(fields["env"]),
    names: fields["names"] === null || fields["names"] === undefined ? null : texts(fields, "names"),
    tty: parseTty(fields["tty"]),
    ...parseTerminal(fields["terminal"]),
    ...(fields["ssh"] === true ? { ssh: true } : {}),
    ...(fields["unredacted"] === true ? { unredacted: true } : {}),
    ...(fields["template"] === undefined ? {} : { template: parseTemplateOrder(fields["template"]) }),
  };
}

function parseLegacyRun(fields: Fields): LegacyRunRequest {
  const envFile = fields["env_file"];
  return {
    cmd: "run",
    project: parseProjectName(text(fields, "project")),
    program: text(fields, "program"),
    args: fields["args"] === null || fields["args"] === undefined ? [] : texts(fields, "args"),
    ...(envFile === null || envFile === undefined ? {} : { env_file: text(fields, "env_file") }),
  };
}

function parseEnvironment(value: unknown): ExecRequest["env"] {
  if (!Array.isArray(value)) throw invalid("env is no list");
  return value.map((entry: unknown) => {
    const [name, content]: unknown[] = Array.isArray(entry) ? entry : [];
    if (
      typeof name !== "string" || typeof content !== "string" || !/^[^=\0]+$/.test(name) ||
      content.includes("\0")
    ) {
      throw invalid("An entry of env is no pair of name and value");
    }
    return [name, content] as const;
  });
}

function parseTty(value: unknown): ExecRequest["tty"] {
  const { stdin, stdout, stderr }: Fields = typeof value === "object" && value !== null ? { ...value } : {};
  return { stdin: stdin === true, stdout: stdout === true, stderr: stderr === true };
}

function parseTerminal(value: unknown): Pick<ExecRequest, "terminal"> {
  if (typeof value !== "object" || value === null) return {};
  const { rows, columns, settings }: Fields = { ...value };
  if (!isSize(rows) || !isSize(columns)) throw invalid("terminal has no rows and columns");
  return { terminal: { rows, columns, ...(typeof settings === "string" ? { settings } : {}) } };
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value.includes("\0")) throw invalid(`${name} is missing or no text`);
  return value;
}

function texts(fields: Fields, name: string): string[] {
  const value = fields[name];
  const good = Array.isArray(value) &&
    value.every((item) => typeof item === "string" && !item.includes("\0"));
  if (!good) throw invalid(`${name} is no list of texts`);
  return value;
}

function parseObject(line: Uint8Array): Fields {
  try {
    const value: unknown = JSON.parse(fromUtf8(line) ?? "");
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below, without the line.
  }
  throw new VaultError(
    "request.malformed_json",
    "The request is no line of JSON with a cmd; see the protocol",
  );
}

function invalid(message: string): VaultError {
  return new VaultError("request.invalid", message);
}
