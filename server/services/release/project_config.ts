/**
 * `GET /project/config/:project/:app`: one configuration file of a project (section 7.6, put right): a template rendered
 * over the project's released values, or a released JSON_CONFIG as it is.
 * A template needs a grant of its own (lesson B9).
 */

import { VaultError } from "../../../shared/errors.ts";
import type { ProjectCaller } from "../../caller.ts";
import { renderTemplate } from "../../templates/render.ts";
import { deliveryRefusal, IN_TEMPLATES } from "../../access/delivery.ts";
import { parseTemplate } from "../../templates/template.ts";
import type { SealedGrant } from "../projects/access_facts.ts";
import type { DecoyAlarm } from "./decoys.ts";
import {
  openAll,
  openText,
  permitRelease,
  type ReleaseDeps,
  releaseEntry,
  type ReleaseView,
  type TokenHolder,
  viewRelease,
} from "./project_release.ts";
import { chooseDelivered, decoysNamed, holdsToken } from "./project_delivery.ts";
import { contextOf, findTemplate, isMeant } from "./template_values.ts";

export interface Configuration {
  readonly contentType: "text/plain; charset=utf-8" | "application/json";
  readonly text: string;
}

export class ProjectConfigService {
  readonly #deps: ReleaseDeps;
  readonly #decoys: DecoyAlarm;

  constructor(deps: ReleaseDeps, decoys: DecoyAlarm) {
    this.#deps = deps;
    this.#decoys = decoys;
  }

  /** `app` is a key path or the name of a grant. @throws VaultError `template.*`, `token.invalid` for a decoy */
  async render(caller: ProjectCaller, app: string): Promise<Configuration> {
    if (!holdsToken(caller)) throw await this.#nothing(caller, app);
    const view = await viewRelease(this.#deps, caller);
    await this.#decoys.check(caller, view.grants.filter((grant) => isMeant(app, grant, grant.effectiveName)));
    const template = findTemplate(view, caller, app);
    if (template !== undefined) return await this.#renderTemplate(caller, view, template);
    const json = view.released.find(({ name, grant }) =>
      grant.secretType === "JSON_CONFIG" && isMeant(app, grant, name) &&
      deliveryRefusal(grant, IN_TEMPLATES) === undefined
    );
    if (json === undefined) throw await this.#nothing(caller, app);
    return await this.#giveJson(caller, view, json.grant);
  }

  async #nothing(caller: ProjectCaller, app: string): Promise<VaultError> {
    await this.#decoys.checkName(caller, app);
    return notFound();
  }

  async #renderTemplate(
    caller: TokenHolder,
    view: ReleaseView,
    template: SealedGrant,
  ): Promise<Configuration> {
    const { values, grants: used } = chooseDelivered(view, IN_TEMPLATES);
    await this.#decoys.check(caller, decoysNamed(view));
    const grants = [template, ...used];
    const permit = await this.#permit(caller, view, grants, template);
    const source = parseTemplate(await openText(this.#deps, permit, caller, template));
    const texts = await openAll(this.#deps, permit, caller, values);
    return {
      contentType: "text/plain; charset=utf-8",
      text: renderTemplate(source, contextOf(values, texts)),
    };
  }

  async #giveJson(caller: TokenHolder, view: ReleaseView, grant: SealedGrant): Promise<Configuration> {
    const permit = await this.#permit(caller, view, [grant], grant);
    return { contentType: "application/json", text: await openText(this.#deps, permit, caller, grant) };
  }

  async #permit(caller: TokenHolder, view: ReleaseView, grants: readonly SealedGrant[], asked: SealedGrant) {
    await this.#decoys.check(caller, grants);
    const keys = [...new Set(grants.map(({ keyPath }) => keyPath))].sort();
    const entry = releaseEntry(caller, "get_config", { resourcePath: asked.keyPath, keys, view });
    return await permitRelease(this.#deps, caller, entry, grants);
  }
}

function notFound(): VaultError {
  return new VaultError(
    "template.not_found",
    "This project has no such configuration; have the template granted to it, and name it by its key path",
  );
}
