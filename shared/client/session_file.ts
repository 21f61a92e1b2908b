/**
 * `~/.cortex/daemon-session.json`: what a login leaves for the daemon. The first three fields are the predecessor's;
 * the rest is ours and may be absent in a file that its command line wrote.
 */

import { fromUtf8, utf8 } from "../encoding.ts";
import { VaultError } from "../errors.ts";
import { directoryOf, readPrivateFile, replacePrivateFile } from "../os/private_file.ts";
import { ensurePrivateDirectory } from "./private_directory.ts";

export interface DaemonSession {
  readonly access_token: string;
  /** Seconds from issue to expiry; 0 where the server did not say. */
  readonly expires_in: number;
  readonly server_url: string;
  readonly agent_id?: string;
  readonly namespace?: string;
  readonly kid?: string;
  /** `keyFingerprint` of the server's signing key, pinned at login. */
  readonly server_fingerprint?: string;
  /** `required` once the server has proved itself: from then on it has to. */
  readonly server_proof?: string;
  /** `YYYY-MM-DD HH:MM:SS`, UTC. */
  readonly issued_at?: string;
  readonly expires_at?: string;
}

const OPTIONAL = [
  "agent_id",
  "namespace",
  "kid",
  "server_fingerprint",
  "server_proof",
  "issued_at",
  "expires_at",
] as const;

/** The stored session; undefined where nobody logged in. */
export function readSession(path: string): DaemonSession | undefined {
  const bytes = readPrivateFile(path);
  if (bytes === undefined) return undefined;
  const session = parseSession(fromUtf8(bytes) ?? "");
  if (session !== undefined) return session;
  throw new VaultError("client.not_logged_in", `${path} is damaged; run cortex daemon login --url URL again`);
}

/** Stores a session in one step, 0600 in a 0700 directory. */
export function writeSession(path: string, session: DaemonSession): void {
  ensurePrivateDirectory(directoryOf(path));
  replacePrivateFile(path, utf8(`${JSON.stringify(session, null, 2)}\n`));
}

/** Reads the file's text; undefined where it is not a session. */
export function parseSession(text: string): DaemonSession | undefined {
  const value = parseObject(text);
  const { access_token, expires_in = 0, server_url } = value;
  if (typeof access_token !== "string" || typeof server_url !== "string") return undefined;
  if (typeof expires_in !== "number" || access_token === "") return undefined;
  const extras = OPTIONAL.flatMap((name) => {
    const field = value[name];
    return typeof field === "string" ? [[name, field] as const] : [];
  });
  return { access_token, expires_in, server_url, ...Object.fromEntries(extras) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
