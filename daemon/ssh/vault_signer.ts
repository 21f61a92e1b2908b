/** The keys of a project, used where they lie: each signature is the server's, with a row in its audit log. */

import { toBase64 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import type { CallerFacts } from "../caller_headers.ts";
import type { ProjectSshKey } from "../server_answers.ts";
import type { ServerCalls } from "../server_calls.ts";
import { type TokenNeed, type TokenUseDeps, useToken } from "../token_use.ts";
import type { SshSignature, SshSigner } from "./agent_session.ts";

export interface VaultSignerDeps extends TokenUseDeps {
  readonly calls: ServerCalls;
}

export class VaultSigner implements SshSigner {
  readonly #deps: VaultSignerDeps;
  readonly #need: TokenNeed;
  readonly #keys: readonly ProjectSshKey[];

  private constructor(deps: VaultSignerDeps, need: TokenNeed, keys: readonly ProjectSshKey[]) {
    this.#deps = deps;
    this.#need = need;
    this.#keys = keys;
  }

  /** Asks for the keys now, so that a run without any does not start. @throws VaultError `grant.pending`, `ssh.no_keys` */
  static async open(deps: VaultSignerDeps, project: string, caller: CallerFacts): Promise<VaultSigner> {
    const need = { project, wanted: { names: [], sshKeys: true }, caller };
    const keys = await useToken(deps, need, { call: (token) => deps.calls.sshKeys(project, token, caller) });
    if (keys.length > 0) return new VaultSigner(deps, need, keys);
    throw new VaultError(
      "ssh.no_keys",
      "The project has no SSH key for this agent; ask an admin to grant one to it",
    );
  }

  /** Names of the grants. */
  get names(): readonly string[] {
    return this.#keys.map(({ name }) => name);
  }

  identities(): Promise<readonly ProjectSshKey[]> {
    return Promise.resolve(this.#keys);
  }

  async sign({ publicKey, data, hostKey }: SshSignature): Promise<Uint8Array> {
    const { project, caller } = this.#need;
    const wanted = toBase64(publicKey);
    const key = this.#keys.find((one) => toBase64(one.publicKey) === wanted);
    if (key === undefined) throw new VaultError("ssh.key_not_granted", "This key is none of the project's");
    const request = { name: key.name, data: toBase64(data), host_key: hostKey ?? null };
    return await useToken(this.#deps, this.#need, {
      call: (token) => this.#deps.calls.sshSign(project, token, caller, request),
    });
  }
}
