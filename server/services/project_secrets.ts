/** `GET /project/secrets/:project`: the values of a project for the holder of its token (section 7.5, put right). */

import type { ProjectSecretsResponse } from "../../shared/api/project.ts";
import type { Clock } from "../../shared/clock.ts";
import type { ProjectCaller } from "../caller.ts";
import { isDeliverable } from "../access/mapping.ts";
import { namesToDiscover, type ReleasedName } from "../access/release.ts";
import type { SealedGrant } from "./access_facts.ts";
import type { DecoyAlarm } from "./decoys.ts";
import {
  openAll,
  permitRelease,
  type ReleaseDeps,
  releaseEntry,
  type ReleaseView,
  type TokenHolder,
  viewRelease,
} from "./project_release.ts";

export class ProjectSecretsService {
  readonly #deps: ReleaseDeps;
  readonly #decoys: DecoyAlarm;
  readonly #clock: Clock;

  constructor(deps: ReleaseDeps & { readonly clock: Clock }, decoys: DecoyAlarm) {
    this.#deps = deps;
    this.#clock = deps.clock;
    this.#decoys = decoys;
  }

  /** @throws VaultError `token.invalid` for a decoy */
  async read(caller: ProjectCaller, headOnly: boolean): Promise<ProjectSecretsResponse> {
    if (!holdsToken(caller)) return { env_vars: {} };
    const view = await viewRelease(this.#deps.store, caller);
    const values = view.released.filter(isValue);
    const grants = values.map(({ grant }) => grant);
    await this.#decoys.check(caller, grants);
    const more = { ...withheldNames(view), ...this.#moreGranted(view) };
    if (headOnly) return { env_vars: {}, ...more };
    const keys = [...new Set(grants.map(({ keyPath }) => keyPath))].sort();
    const entry = releaseEntry(caller, "get_secrets", { resourcePath: caller.projectName, keys, view });
    const permit = await permitRelease(this.#deps, caller, entry, grants);
    return { env_vars: Object.fromEntries(await openAll(this.#deps, permit, caller, values)), ...more };
  }

  #moreGranted(view: ReleaseView): Pick<ProjectSecretsResponse, "more_granted"> {
    if (view.grants.length <= view.scope.length) return {};
    const names = namesToDiscover(view, this.#clock.now());
    return names.length === 0 ? {} : { more_granted: names };
  }
}

/** Whether the caller's token has a row: only such a token may give something. */
export function holdsToken(caller: ProjectCaller): caller is TokenHolder {
  return caller.token !== null;
}

/** Templates are rendered by the route for configurations, SSH keys sign: neither is given as it is. */
export function isValue({ grant }: ReleasedName<SealedGrant>): boolean {
  return isDeliverable(grant);
}

function withheldNames(view: ReleaseView): Pick<ProjectSecretsResponse, "withheld"> {
  const kept = view.released.filter((released) => !isValue(released)).map(({ name, grant }) => ({
    name,
    reason: grant.secretType === "SSH_KEY" ? "ssh_key" as const : "template" as const,
  }));
  const withheld = [...view.withheld, ...kept];
  return withheld.length === 0 ? {} : { withheld };
}
