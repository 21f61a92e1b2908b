/**
 * The SSH agent protocol (draft-ietf-sshm-ssh-agent) as far as we speak it: list, sign, and OpenSSH's session-bind
 * (PROTOCOL.agent). Adding, removing, locking and everything else is answered by a plain failure.
 */

import { joinBytes } from "../../shared/bytes.ts";
import { SshFormatError, SshReader, sshString, sshUint32 } from "../../shared/ssh/wire.ts";

/** As long as a message may be in OpenSSH. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

const MESSAGE = {
  failure: 5,
  success: 6,
  requestIdentities: 11,
  identitiesAnswer: 12,
  signRequest: 13,
  signResponse: 14,
  extension: 27,
} as const;

const SESSION_BIND = "session-bind@openssh.com";
const FLAG_SHA2_256 = 2;
const FLAG_SHA2_512 = 4;

/** A key that the agent offers. */
export interface SshIdentity {
  readonly publicKey: Uint8Array;
  readonly comment: string;
}

/** A host said by whose key, and signed, that a connection is with it. */
export interface SessionBind {
  readonly hostKey: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly signature: Uint8Array;
  /** The agent is passed on to that host. */
  readonly forwarding: boolean;
}

export interface SignRequest {
  readonly publicKey: Uint8Array;
  readonly data: Uint8Array;
  /** Of an RSA signature; the algorithm of other keys is the key's own. */
  readonly hash: "sha2-256" | "sha2-512" | undefined;
}

export type AgentRequest =
  | { readonly kind: "identities" }
  | { readonly kind: "sign"; readonly request: SignRequest }
  | { readonly kind: "bind"; readonly bind: SessionBind }
  | { readonly kind: "unknown" };

/** Reads a message without its length. Views into it. @throws SshFormatError */
export function readAgentRequest(message: Uint8Array): AgentRequest {
  const reader = new SshReader(message);
  switch (reader.byte()) {
    case MESSAGE.requestIdentities:
      reader.end();
      return { kind: "identities" };
    case MESSAGE.signRequest:
      return { kind: "sign", request: readSignRequest(reader) };
    case MESSAGE.extension:
      return reader.text() === SESSION_BIND ? { kind: "bind", bind: readBind(reader) } : { kind: "unknown" };
    default:
      return { kind: "unknown" };
  }
}

/** The answer to "what do you have". */
export function identitiesAnswer(identities: readonly SshIdentity[]): Uint8Array<ArrayBuffer> {
  const listed = identities.map(({ publicKey, comment }) =>
    joinBytes(sshString(publicKey), sshString(comment))
  );
  return answer(MESSAGE.identitiesAnswer, sshUint32(identities.length), ...listed);
}

/** The answer with a signature as SSH sends it. */
export function signAnswer(signature: Uint8Array): Uint8Array<ArrayBuffer> {
  return answer(MESSAGE.signResponse, sshString(signature));
}

/** Yes. */
export const SUCCESS = answer(MESSAGE.success);
/** No, without a reason: the protocol has none. */
export const FAILURE = answer(MESSAGE.failure);

function answer(type: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return sshString(joinBytes(Uint8Array.of(type), ...parts));
}

function readSignRequest(reader: SshReader): SignRequest {
  const [publicKey, data, flags] = [reader.string(), reader.string(), reader.uint32()];
  reader.end();
  const hash = (flags & FLAG_SHA2_512) !== 0
    ? "sha2-512"
    : (flags & FLAG_SHA2_256) !== 0
    ? "sha2-256"
    : undefined;
  return { publicKey, data, hash };
}

function readBind(reader: SshReader): SessionBind {
  const [hostKey, sessionId, signature] = [reader.string(), reader.string(), reader.string()];
  const forwarding = reader.boolean();
  reader.end();
  if (sessionId.byteLength === 0) throw new SshFormatError("a session has no name");
  return { hostKey, sessionId, signature, forwarding };
}
