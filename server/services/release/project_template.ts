/**
 * `POST /project/template/:project`: a template rendered here, for one file or one program of the agent's host. Only the
 * values that it names are opened; the row in the audit log that comes first says which, for which template and where to.
 * A value that is bound to commands goes into no template: a file has no command.
 */

import type {
  RenderedTemplate,
  RenderTemplateRequest,
  TemplateNeeds,
} from "../../../shared/api/templates.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { VaultError } from "../../../shared/errors.ts";
import { deliveryRefusal, IN_TEMPLATES } from "../../access/delivery.ts";
import type { AuditEntry } from "../../audit/entry.ts";
import type { ReleasePermit } from "../../audit/ledger.ts";
import type { ProjectCaller } from "../../caller.ts";
import { referencesOf } from "../../templates/references.ts";
import { renderTemplate } from "../../templates/render.ts";
import { parseTemplate, type Template } from "../../templates/template.ts";
import type { SealedGrant } from "../projects/access_facts.ts";
import type { DecoyAlarm } from "./decoys.ts";
import { chooseDelivered, type Delivered, holdsToken, moreGranted } from "./project_delivery.ts";
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
import { contextOf, findTemplate, isMeant, spellingsOf } from "./template_values.ts";

/** A template that was read: where from, and what it can use. */
interface ReadTemplate {
  readonly tree: Template;
  /** Of a stored one. */
  readonly keyPath: string | undefined;
  readonly name: string | undefined;
  readonly facts: Readonly<Record<string, string>>;
  /** Null for anything. */
  readonly references: ReadonlySet<string> | null;
}

export class ProjectTemplateService {
  readonly #deps: ReleaseDeps;
  readonly #decoys: DecoyAlarm;

  constructor(deps: ReleaseDeps, decoys: DecoyAlarm) {
    this.#deps = deps;
    this.#decoys = decoys;
  }

  /** @throws VaultError `template.*`, `token.invalid` for a decoy */
  async render(
    caller: ProjectCaller,
    request: RenderTemplateRequest,
  ): Promise<RenderedTemplate | TemplateNeeds> {
    const now = this.#deps.clock.now();
    const holder = holdsToken(caller) ? caller : withNothing(caller, now);
    const view = await viewRelease(this.#deps, holder);
    const template = await this.#read(holder, view, request);
    const meant = view.grants.filter((grant) => isNamed(template, grant));
    await this.#checkDecoys(holder, template, meant);
    const needs = neededNames(view, meant, now);
    // Without a token of the project nothing is given, a template without any name neither.
    if (!holdsToken(caller) && template.name !== undefined && needs.length === 0) needs.push(template.name);
    return needs.length > 0 ? { needs } : await this.#fill(holder, view, template, request);
  }

  async #read(
    caller: TokenHolder,
    view: ReleaseView,
    request: RenderTemplateRequest,
  ): Promise<ReadTemplate> {
    const { template } = request;
    if ("text" in template) {
      const tree = parseTemplate(template.text);
      const facts = { template: "text", template_sha256: sha256Hex(template.text) };
      return { tree, keyPath: undefined, name: undefined, facts, references: referencesOf(tree) };
    }
    const named = view.grants.filter((grant) => isMeant(template.name, grant, grant.effectiveName));
    await this.#decoys.check(caller, named);
    const grant = findTemplate(view, caller, template.name);
    if (grant === undefined) throw await this.#notFound(caller, request);
    return await this.#open(caller, grant);
  }

  /** Without a token that has a row nothing leaves of it but its names. */
  async #open(caller: TokenHolder, grant: SealedGrant): Promise<ReadTemplate> {
    const { keyPath, effectiveName: name } = grant;
    const facts = { template: keyPath };
    const row = { resourcePath: keyPath, keys: [keyPath], view: { withheld: [] }, details: facts };
    const entry = releaseEntry(caller, "render_template", row);
    const permit = await this.#permit(caller, entry, [grant]);
    const tree = parseTemplate(await openText(this.#deps, permit, caller, grant));
    return { tree, keyPath, name, facts, references: referencesOf(tree) };
  }

  /** Names in a text are the agent's own; those of a stored template are an admin's. */
  async #checkDecoys(
    caller: TokenHolder,
    { keyPath, references }: ReadTemplate,
    meant: readonly SealedGrant[],
  ): Promise<void> {
    await this.#decoys.check(caller, meant);
    if (keyPath !== undefined || references === null) return;
    const known = new Set(meant.flatMap((grant) => spellingsOf(grant.effectiveName, grant)));
    await this.#decoys.checkNames(caller, [...references].filter((name) => !known.has(name)));
  }

  async #fill(
    caller: TokenHolder,
    view: ReleaseView,
    template: ReadTemplate,
    { destination }: RenderTemplateRequest,
  ): Promise<RenderedTemplate> {
    const delivered = chooseUsed(view, template);
    const { values, grants, keys } = delivered;
    const to = destination.kind === "file" ? destination.path : "a program";
    const entry = releaseEntry(caller, "render_template", {
      resourcePath: template.keyPath ?? caller.projectName,
      keys,
      view: delivered,
      details: { ...template.facts, destination: to },
    });
    await this.#decoys.check(caller, grants);
    const permit = await this.#permit(caller, entry, grants);
    const texts = await openAll(this.#deps, permit, caller, values);
    return {
      text: renderOrExplain(
        template.tree,
        contextOf(values, texts),
        (name) => refusalOf(name, delivered, view),
      ),
      names: values.map(({ name }) => name).sort(),
      values: destination.kind === "program" ? Object.fromEntries(texts) : {},
    };
  }

  async #permit(
    caller: TokenHolder,
    entry: AuditEntry,
    grants: readonly SealedGrant[],
  ): Promise<ReleasePermit> {
    if (caller.token.id !== NO_TOKEN) return await permitRelease(this.#deps, caller, entry, grants);
    return await this.#deps.ledger.permit([entry], grants.map(({ secretId }) => secretId));
  }

  async #notFound(caller: ProjectCaller, { template }: RenderTemplateRequest): Promise<VaultError> {
    if ("name" in template) await this.#decoys.checkName(caller, template.name);
    return new VaultError(
      "template.not_found",
      "This project has no such template; have one granted to it, and name it by its key path or its name",
    );
  }
}

/** What the audit log calls a token without a row. */
const NO_TOKEN = "none";

/** What such a token holds. */
function withNothing(caller: ProjectCaller, issuedAt: number): TokenHolder {
  return { ...caller, token: { id: NO_TOKEN, projectRef: "", envMappings: "{}", scope: "[]", issuedAt } };
}

function isUsed({ references }: ReadTemplate, name: string, grant: SealedGrant): boolean {
  return references === null || spellingsOf(name, grant).some((spelling) => references.has(spelling));
}

/** Decoys are in no list of what there is, so that a template which names nothing does not mean them. */
function isNamed(template: ReadTemplate, grant: SealedGrant): boolean {
  return isUsed(template, grant.effectiveName, grant) && (template.references !== null || grant.decoy !== 1);
}

/** What a template uses of the granted, and why the rest of it brings nothing. */
function chooseUsed(view: ReleaseView, template: ReadTemplate): Delivered {
  const used = view.released.filter(({ name, grant }) => isUsed(template, name, grant)).map(({ name }) =>
    name
  );
  const withheld = view.withheld.filter(({ name }) => template.references?.has(name) ?? true);
  return chooseDelivered(view, IN_TEMPLATES, new Set([...used, ...withheld.map(({ name }) => name)]));
}

/** All names of the template that can go into one, where the token lacks some of them. */
function neededNames(view: ReleaseView, meant: readonly SealedGrant[], now: number): string[] {
  const usable = meant.filter((grant) => deliveryRefusal(grant, IN_TEMPLATES) === undefined)
    .map(({ effectiveName }) => effectiveName);
  const more = moreGranted(view, now);
  return usable.some((name) => more.includes(name)) ? usable.sort() : [];
}

/** A name that is granted and withheld is told apart from one that nobody granted. @throws VaultError `template.*` */
function renderOrExplain(
  tree: Template,
  context: ReadonlyMap<string, string>,
  reasonOf: (name: string) => string | undefined,
): string {
  try {
    return renderTemplate(tree, context);
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== "template.missing_name") throw error;
    const name = String(error.details?.name);
    const reason = reasonOf(name);
    if (reason === undefined) throw error;
    throw new VaultError(
      "template.missing_name",
      `The template uses ${name}, which may not go into one (${reason}); ask an admin about its grant`,
      { details: { name, reason } },
    );
  }
}

/** Why a name of the template brings nothing, as far as it is granted. */
function refusalOf(name: string, { withheld }: Delivered, { grants }: ReleaseView): string | undefined {
  const refused = withheld.find((entry) => entry.name === name);
  if (refused !== undefined) return refused.reason;
  const grant = grants.find((one) => one.decoy !== 1 && spellingsOf(one.effectiveName, one).includes(name));
  if (grant === undefined) return undefined;
  return deliveryRefusal(grant, IN_TEMPLATES) ?? (grant.bound === 1 ? "command_bound" : undefined);
}
