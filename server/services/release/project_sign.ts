/**
 * Signatures by a project's stored keys: requests to AWS, JWTs, HMACs and webhooks. A key is opened here, signs here and is
 * wiped here; before it is opened a row in the audit log says what is signed, by which key and for whom.
 *
 * A grant's delivery does not matter: whoever may have a value may sign with it, and `never` is for keys that do
 * nothing else. A grant that is bound to commands gives no signatures: who asks here is no command that was approved.
 */

import type { SignRequest, SignResponse } from "../../../shared/api/sign.ts";
import { VaultError, wireCode } from "../../../shared/errors.ts";
import { DEFAULT_JWT_SECONDS } from "../../../shared/signing/limits.ts";
import type { Instant } from "../../../shared/clock.ts";
import type { SecretValue } from "../../../shared/secret_value.ts";
import type { ReleasePermit } from "../../audit/ledger.ts";
import type { ProjectCaller } from "../../caller.ts";
import { awsTask, publicText } from "../../signing/aws.ts";
import { hmacTask, webhookTask } from "../../signing/hmac.ts";
import { jwtTask } from "../../signing/jwt.ts";
import type { OpenedKeys, SigningTask } from "../../signing/task.ts";
import type { SealedGrant } from "../projects/access_facts.ts";
import type { DecoyAlarm } from "./decoys.ts";
import { holdsToken } from "./project_delivery.ts";
import {
  openValue,
  permitRelease,
  type ReleaseDeps,
  releaseEntry,
  type TokenHolder,
} from "./project_release.ts";
import {
  findGrants,
  keyNotGranted,
  limitsOf,
  namesOf,
  type SignGrants,
  type SignRole,
} from "../projects/sign_grants.ts";

export class ProjectSignService {
  readonly #deps: ReleaseDeps;
  readonly #decoys: DecoyAlarm;

  constructor(deps: ReleaseDeps, decoys: DecoyAlarm) {
    this.#deps = deps;
    this.#decoys = decoys;
  }

  /** @throws VaultError `sign.*`, `request.invalid`, `token.invalid` for a decoy */
  async sign(caller: ProjectCaller, request: SignRequest): Promise<SignResponse> {
    if (!holdsToken(caller)) {
      for (const [, name] of namesOf(request)) await this.#decoys.checkName(caller, name);
      throw keyNotGranted();
    }
    const grants = await findGrants(this.#deps, this.#decoys, caller, request);
    const task = prepare(request, this.#deps.clock.now(), grants);
    const permit = await this.#permit(caller, request, { grants, task });
    return await this.#make(permit, caller, { grants, task });
  }

  async #permit(
    caller: TokenHolder,
    request: SignRequest,
    { grants, task }: Signing,
  ): Promise<ReleasePermit> {
    const all = [...grants.values()];
    const entry = releaseEntry(caller, "sign", {
      resourcePath: caller.projectName,
      keys: [...new Set(all.map(({ keyPath }) => keyPath))].sort(),
      view: ALL_OF_IT,
      details: { signed: request.kind, key: grants.get("key")?.keyPath ?? null, ...task.facts },
    });
    return await permitRelease(this.#deps, caller, entry, all);
  }

  async #make(permit: ReleasePermit, caller: TokenHolder, { grants, task }: Signing): Promise<SignResponse> {
    const opened = new Map<SignRole, SecretValue>();
    try {
      for (const [role, grant] of grants) {
        opened.set(role, await openValue(this.#deps, permit, caller, grant));
      }
      return task.make(keysOf(opened));
    } catch (error) {
      if (error instanceof VaultError) await this.#recordFailure(caller, grants, error);
      throw error;
    } finally {
      opened.forEach((value) => value.wipe());
    }
  }

  /** The row from before the key was open tells of a signature; this one tells that there was none. */
  async #recordFailure(caller: TokenHolder, grants: SignGrants, error: VaultError): Promise<void> {
    const key = grants.get("key")?.keyPath ?? null;
    const facts = { resourcePath: caller.projectName, keys: [], view: ALL_OF_IT, details: { key } };
    const entry = releaseEntry(caller, "sign", facts);
    const status = `denied:${wireCode(error.code)}`;
    await this.#deps.ledger.commit((tx) => tx.audit({ ...entry, status }));
  }
}

/** A signature has all that it needs, or there is none. */
const ALL_OF_IT = { released: [], withheld: [] };

interface Signing {
  readonly grants: SignGrants;
  readonly task: SigningTask;
}

function prepare(request: SignRequest, now: Instant, grants: SignGrants): SigningTask {
  switch (request.kind) {
    case "aws":
      return awsTask(request, now);
    case "jwt":
      return jwtTask(request, now, longestJwt(grants.get("key")));
    case "hmac":
      return hmacTask(request);
    case "webhook":
      return webhookTask(request, now);
  }
}

function longestJwt(grant: SealedGrant | undefined): number {
  return (grant === undefined ? undefined : limitsOf(grant).jwt_seconds) ?? DEFAULT_JWT_SECONDS;
}

function keysOf(opened: ReadonlyMap<SignRole, SecretValue>): OpenedKeys {
  const accessKeyId = opened.get("access_key_id");
  const sessionToken = opened.get("session_token");
  return {
    key: opened.get("key")?.expose() ?? new Uint8Array(),
    ...(accessKeyId === undefined ? {} : { accessKeyId: publicText("access_key_id", accessKeyId.expose()) }),
    ...(sessionToken === undefined
      ? {}
      : { sessionToken: publicText("session_token", sessionToken.expose()) }),
  };
}
