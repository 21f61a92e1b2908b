/**
 * What a client wants signed when it logs in (RFC 4252, section 7; OpenSSH's `publickey-hostbound-v00@openssh.com`). The
 * agent signs nothing else: a signature over other bytes could be anything, a certificate or a commit among them.
 */

import { SshFormatError, SshReader } from "./wire.ts";

export interface AuthRequest {
  readonly sessionId: Uint8Array;
  /** Who it logs in as. */
  readonly user: string;
  readonly algorithm: string;
  readonly publicKey: Uint8Array;
  /** The host's key, where the client binds the signature to it. */
  readonly hostKey: Uint8Array | undefined;
}

const USERAUTH_REQUEST = 50;
const HOSTBOUND = "publickey-hostbound-v00@openssh.com";

/** Undefined where the bytes are no login. */
export function readAuthRequest(data: Uint8Array): AuthRequest | undefined {
  try {
    return read(new SshReader(data));
  } catch (error) {
    if (error instanceof SshFormatError) return undefined;
    throw error;
  }
}

function read(reader: SshReader): AuthRequest | undefined {
  const sessionId = reader.string();
  if (reader.byte() !== USERAUTH_REQUEST) return undefined;
  const [user, service, method] = [reader.text(), reader.text(), reader.text()];
  if (service !== "ssh-connection" || (method !== "publickey" && method !== HOSTBOUND)) return undefined;
  if (!reader.boolean()) return undefined;
  const [algorithm, publicKey] = [reader.text(), reader.string()];
  const hostKey = method === HOSTBOUND ? reader.string() : undefined;
  reader.end();
  return { sessionId, user, algorithm, publicKey, hostKey };
}
