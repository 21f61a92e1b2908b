/** `GET /project/secrets/:project`: the values of a project for the holder of its token (section 7.5, put right). */

import type { ProjectSecretsResponse } from "../../../shared/api/project.ts";
import { AS_VARIABLES } from "../../access/delivery.ts";
import type { ProjectCaller } from "../../caller.ts";
import type { DecoyAlarm } from "./decoys.ts";
import { chooseDelivered, decoysNamed, holdsToken, moreGranted } from "./project_delivery.ts";
import { openAll, permitRelease, type ReleaseDeps, releaseEntry, viewRelease } from "./project_release.ts";

export class ProjectSecretsService {
  readonly #deps: ReleaseDeps;
  readonly #decoys: DecoyAlarm;

  constructor(deps: ReleaseDeps, decoys: DecoyAlarm) {
    this.#deps = deps;
    this.#decoys = decoys;
  }

  /** @throws VaultError `token.invalid` for a decoy */
  async read(caller: ProjectCaller, headOnly: boolean): Promise<ProjectSecretsResponse> {
    if (!holdsToken(caller)) return { env_vars: {} };
    const view = await viewRelease(this.#deps, caller);
    const { values, grants, keys, withheld } = chooseDelivered(view, AS_VARIABLES);
    await this.#decoys.check(caller, decoysNamed(view));
    const names = moreGranted(view, this.#deps.clock.now());
    const more = {
      ...(withheld.length === 0 ? {} : { withheld }),
      ...(names.length === 0 ? {} : { more_granted: names }),
    };
    if (headOnly) return { env_vars: {}, ...more };
    const entry = releaseEntry(caller, "get_secrets", { resourcePath: caller.projectName, keys, view });
    const permit = await permitRelease(this.#deps, caller, entry, grants);
    return { env_vars: Object.fromEntries(await openAll(this.#deps, permit, caller, values)), ...more };
  }
}
