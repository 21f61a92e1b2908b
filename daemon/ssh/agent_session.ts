/**
 * The rules of one connection to the agent, apart from sockets. What is signed is a login of a key that was offered;
 * where the client has said which host it talks to, a login to that host and in that very connection, and never one that
 * comes from further away through a forwarded agent.
 */

import { sshFingerprint, verifySsh } from "../../shared/ssh/public_key.ts";
import { SshFormatError } from "../../shared/ssh/wire.ts";
import { type AuthRequest, readAuthRequest } from "../../shared/ssh/auth_request.ts";
import {
  FAILURE,
  identitiesAnswer,
  readAgentRequest,
  type SessionBind,
  signAnswer,
  type SignRequest,
  type SshIdentity,
  SUCCESS,
} from "./protocol.ts";

/** What a signature is for, as far as the client proved it. */
export interface SshUse {
  readonly user: string;
  /** Fingerprint of the host's key; undefined for a client that does not say (OpenSSH before 8.9). */
  readonly hostKey: string | undefined;
}

export interface SshSignature extends SshUse {
  readonly publicKey: Uint8Array;
  readonly algorithm: string;
  readonly data: Uint8Array;
}

/** Who holds the keys. */
export interface SshSigner {
  identities(): Promise<readonly SshIdentity[]>;
  /** A signature as SSH sends it. @throws VaultError why there is none */
  sign(request: SshSignature): Promise<Uint8Array>;
}

export class AgentSession {
  readonly #signer: SshSigner;
  readonly #onRefused: (reason: unknown) => void;
  #bound: SessionBind | undefined;
  /** A bind was false or forwarded: nothing is signed on this connection any more. */
  #tainted = false;

  /** `onRefused` hears why something was answered by a failure, which the client is not told. */
  constructor(signer: SshSigner, onRefused: (reason: unknown) => void) {
    this.#signer = signer;
    this.#onRefused = onRefused;
  }

  /** The answer to one message, both without and with its length. Never throws. */
  async answer(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await this.#answer(message);
    } catch (error) {
      this.#onRefused(error instanceof SshFormatError ? "a message that is none" : error);
      return FAILURE;
    }
  }

  async #answer(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const asked = readAgentRequest(message);
    switch (asked.kind) {
      case "identities":
        return identitiesAnswer(await this.#signer.identities());
      case "bind":
        return this.#bind(asked.bind);
      case "sign":
        return await this.#sign(asked.request);
      case "unknown":
        return FAILURE;
    }
  }

  #bind(bind: SessionBind): Uint8Array<ArrayBuffer> {
    const genuine = verifySsh(bind.hostKey, bind.sessionId, bind.signature);
    if (!genuine || bind.forwarding || this.#bound !== undefined) {
      this.#tainted = true;
      return this.#refuse(bind.forwarding ? "a forwarded agent" : "a host that does not prove itself");
    }
    this.#bound = bind;
    return SUCCESS;
  }

  async #sign({ publicKey, data, hash }: SignRequest): Promise<Uint8Array<ArrayBuffer>> {
    const login = readAuthRequest(data);
    if (login === undefined) return this.#refuse("something else than a login");
    const wrong = this.#wrongWith(login, publicKey);
    if (wrong !== undefined) return this.#refuse(wrong);
    const algorithm = hash === undefined ? login.algorithm : `rsa-${hash}`;
    if (algorithm !== login.algorithm) return this.#refuse("another algorithm than the login's");
    const hostKey = this.#bound === undefined ? undefined : sshFingerprint(this.#bound.hostKey);
    return signAnswer(await this.#signer.sign({ publicKey, algorithm, data, user: login.user, hostKey }));
  }

  #wrongWith(login: AuthRequest, publicKey: Uint8Array): string | undefined {
    if (this.#tainted) return "a connection that was refused before";
    if (!areEqual(login.publicKey, publicKey)) return "a login with another key";
    const bound = this.#bound;
    if (bound === undefined) return undefined;
    if (!areEqual(login.sessionId, bound.sessionId)) return "a login in another connection";
    if (login.hostKey !== undefined && !areEqual(login.hostKey, bound.hostKey)) {
      return "a login to another host";
    }
    return undefined;
  }

  #refuse(reason: string): Uint8Array<ArrayBuffer> {
    this.#onRefused(reason);
    return FAILURE;
  }
}

function areEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && left.every((byte, index) => byte === right[index]);
}
