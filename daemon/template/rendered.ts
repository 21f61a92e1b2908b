/**
 * A template rendered by the server over a project's values. First with whatever token there is; where that one lacks names
 * of the template, with one that was asked for exactly these, which a person may have to approve.
 */

import type { RenderedTemplate, TemplateDestination, TemplateNeeds } from "../../shared/api/templates.ts";
import { VaultError } from "../../shared/errors.ts";
import { SecretValue } from "../../shared/secret_value.ts";
import type { TemplateOrder } from "../../shared/socket/messages.ts";
import type { CallerFacts } from "../caller_headers.ts";
import type { ReleaseDeps } from "../release.ts";
import { useToken } from "../token_use.ts";

/** What is rendered, for whom and where to. */
export interface RenderOrder {
  readonly project: string;
  readonly template: TemplateOrder;
  readonly destination: TemplateDestination;
  readonly caller: CallerFacts;
}

/** A text with values in it. */
export interface Rendered extends Disposable {
  readonly text: SecretValue;
  /** Of the values that went in, or were decided about. */
  readonly names: readonly string[];
  /** The values themselves, where the text is for a program. */
  readonly values: ReadonlyMap<string, SecretValue>;
}

/** The caller disposes of it. @throws VaultError `template.*`, `grant.pending` and what else the server says */
export async function renderTemplate(deps: ReleaseDeps, order: RenderOrder): Promise<Rendered> {
  if (!await deps.calls.decidesRuns()) throw unknownThere();
  const first = await ask(deps, order, []);
  const answer = "needs" in first ? await ask(deps, order, first.needs) : first;
  if ("needs" in answer) throw stillLacking(answer.needs);
  const values = new Map(
    Object.entries(answer.values).map(([name, value]) => [name, SecretValue.fromText(value)]),
  );
  const text = SecretValue.fromText(answer.text);
  return {
    text,
    names: answer.names,
    values,
    [Symbol.dispose]: () => [text, ...values.values()].forEach((value) => value.wipe()),
  };
}

async function ask(
  deps: ReleaseDeps,
  { project, template, destination, caller }: RenderOrder,
  names: readonly string[],
): Promise<RenderedTemplate | TemplateNeeds> {
  const need = { project, wanted: { names, sshKeys: false }, caller };
  return await useToken(deps, need, {
    call: (token) => deps.calls.renderTemplate(project, token, caller, { template, destination }),
  });
}

function unknownThere(): VaultError {
  return new VaultError(
    "request.route_not_found",
    "The server of this login renders no templates for daemons; log in to one of this release",
  );
}

function stillLacking(names: readonly string[]): VaultError {
  return new VaultError(
    "template.missing_name",
    "The template uses names that this project's token does not bring; ask an admin about their grants",
    { details: { names } },
  );
}
