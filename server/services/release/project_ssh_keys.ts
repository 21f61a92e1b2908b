/**
 * A project's SSH keys for the agents of its daemons. A key is opened here, signs here and is wiped here: what a daemon
 * gets is public keys and signatures over logins, each with a row in the audit log before the key was opened.
 */

import type {
  SshKeysResponse,
  SshKeySummary,
  SshSignRequest,
  SshSignResponse,
} from "../../../shared/api/ssh_keys.ts";
import { fromBase64, toBase64 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { type AuthRequest, readAuthRequest } from "../../../shared/ssh/auth_request.ts";
import { parseSshPrivateKey, type SshPrivateKey } from "../../../shared/ssh/private_key.ts";
import { sshFingerprint } from "../../../shared/ssh/public_key.ts";
import { brokenSshLimit } from "../../access/sign_limits.ts";
import type { ReleasedName } from "../../access/release.ts";
import type { ReleasePermit } from "../../audit/ledger.ts";
import type { ProjectCaller } from "../../caller.ts";
import type { SealedGrant } from "../projects/access_facts.ts";
import type { DecoyAlarm } from "./decoys.ts";
import {
  openText,
  permitRelease,
  type ReleaseDeps,
  releaseEntry,
  type TokenHolder,
  viewRelease,
} from "./project_release.ts";
import { holdsToken } from "./project_delivery.ts";
import { limited, limitsOf } from "../projects/sign_grants.ts";

type GrantedKey = ReleasedName<SealedGrant>;

export class ProjectSshKeyService {
  readonly #deps: ReleaseDeps;
  readonly #decoys: DecoyAlarm;

  constructor(deps: ReleaseDeps, decoys: DecoyAlarm) {
    this.#deps = deps;
    this.#decoys = decoys;
  }

  /** The public halves. @throws VaultError `token.invalid` for a decoy */
  async list(caller: ProjectCaller): Promise<SshKeysResponse> {
    if (!holdsToken(caller)) return { keys: [] };
    const granted = await this.#granted(caller);
    const permit = await this.#permit(caller, "list_ssh_keys", granted);
    const keys: SshKeySummary[] = [];
    for (const one of granted) keys.push(summary(one.name, await this.#open(permit, caller, one)));
    return { keys };
  }

  /**
   * One signature over a login by the key of a name.
   * @throws VaultError `ssh.key_not_granted`, `ssh.login_only`, `sign.not_allowed`, `token.invalid` for a decoy
   */
  async sign(caller: ProjectCaller, request: SshSignRequest): Promise<SshSignResponse> {
    const { data, login } = readLogin(request.data);
    const granted = holdsToken(caller) ? await this.#granted(caller) : [];
    const wanted = granted.find(({ name }) => name === request.name);
    if (wanted === undefined) await this.#decoys.checkName(caller, request.name);
    if (wanted === undefined || !holdsToken(caller)) throw notGranted();
    const use = { user: login.user, hostKey: hostKeyOf(login, request) };
    const broken = brokenSshLimit(limitsOf(wanted.grant), use);
    if (broken !== undefined) throw limited(broken);
    const permit = await this.#permit(caller, "ssh_sign", [wanted], {
      ssh_user: use.user,
      ssh_host_key: use.hostKey ?? "not said",
    });
    const key = await this.#open(permit, caller, wanted);
    if (!areEqual(key.publicKey, login.publicKey)) throw notGranted();
    return { signature: toBase64(key.sign(data, login.algorithm)) };
  }

  async #granted(caller: TokenHolder): Promise<readonly GrantedKey[]> {
    const { released } = await viewRelease(this.#deps, caller);
    const keys = released.filter(({ grant }) => grant.secretType === "SSH_KEY");
    await this.#decoys.check(caller, keys.map(({ grant }) => grant));
    return keys;
  }

  async #permit(
    caller: TokenHolder,
    action: "list_ssh_keys" | "ssh_sign",
    granted: readonly GrantedKey[],
    details: Readonly<Record<string, string>> = {},
  ): Promise<ReleasePermit> {
    const keys = granted.map(({ grant }) => grant.keyPath).sort();
    const facts = { resourcePath: caller.projectName, keys, view: { released: [], withheld: [] }, details };
    const entry = releaseEntry(caller, action, facts);
    return await permitRelease(this.#deps, caller, entry, granted.map(({ grant }) => grant));
  }

  async #open(permit: ReleasePermit, caller: TokenHolder, { grant }: GrantedKey): Promise<SshPrivateKey> {
    return parseSshPrivateKey(await openText(this.#deps, permit, caller, grant));
  }
}

function summary(name: string, { publicKey, comment }: SshPrivateKey): SshKeySummary {
  return { name, public_key: toBase64(publicKey), fingerprint: sshFingerprint(publicKey), comment };
}

function readLogin(base64: string): { readonly data: Uint8Array; readonly login: AuthRequest } {
  const data = fromBase64(base64);
  const login = data === undefined ? undefined : readAuthRequest(data);
  if (data !== undefined && login !== undefined) return { data, login };
  throw new VaultError("ssh.login_only", "The keys of a project sign logins by SSH and nothing else");
}

/**
 * The fingerprint of the host's key: what is signed says it where the host is of a newer release, and the host believes
 * only itself; else the daemon does.
 * @throws VaultError `ssh.login_only` where the two differ
 */
function hostKeyOf({ hostKey }: AuthRequest, { host_key = null }: SshSignRequest): string | null {
  const signed = hostKey === undefined ? host_key : sshFingerprint(hostKey);
  if (host_key === null || signed === host_key) return signed;
  throw new VaultError("ssh.login_only", "The login is to another host than the one that was named");
}

function notGranted(): VaultError {
  return new VaultError(
    "ssh.key_not_granted",
    "This SSH key is not granted to the project; ask an admin to grant it",
  );
}

function areEqual(left: Uint8Array, right: Uint8Array): boolean {
  return toBase64(left) === toBase64(right);
}
