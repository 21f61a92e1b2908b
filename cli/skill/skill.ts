/** `cortex skill`: puts the skill where an agent looks for it. */

import { userHome } from "../../shared/client/home.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AgentName, AGENTS } from "./agents.ts";
import { SKILL_NAME, type SkillLanguage, SKILLS } from "./files.ts";
import {
  linkSkill,
  type Placed,
  type PlaceOptions,
  placeSkill,
  refuseLinksBelow,
  removeSkill,
} from "./place.ts";

export interface SkillOptions {
  readonly agent?: AgentName | undefined;
  /** Into this directory's project instead of the home directory. */
  readonly project?: true | undefined;
  /** Any folder for skills, for agents that we do not know. */
  readonly dir?: string | undefined;
  readonly link?: true | undefined;
  /** English unless told, or unless the one that is there is in another. */
  readonly lang?: SkillLanguage | undefined;
  readonly force?: true | undefined;
  readonly json?: true | undefined;
}

/** `install`. @throws VaultError `client.file_unsafe`, `request.invalid` */
export function installSkill(options: SkillOptions, context: CliContext): number {
  const folder = folderOf(options, context);
  const how = { force: options.force === true, language: options.lang };
  const placed = options.link === true
    ? linkSkill(folder, placeShared(context, how), how)
    : placeSkill(folder, how);
  if (options.json) context.terminal.json({ ok: true, skill: SKILL_NAME, path: folder, result: placed });
  else context.terminal.note(`${SKILL_NAME}: ${placed} at ${folder}${nextWords(options, placed)}`);
  return EXIT.ok;
}

/** `uninstall`. @throws VaultError `client.file_unsafe` */
export function uninstallSkill(options: SkillOptions, context: CliContext): number {
  const folder = folderOf(options, context);
  const removed = removeSkill(folder, { force: options.force === true });
  if (options.json) context.terminal.json({ ok: true, skill: SKILL_NAME, path: folder, removed });
  else {context.terminal.note(
      removed ? `${SKILL_NAME}: removed from ${folder}` : `There is no skill at ${folder}`,
    );}
  return EXIT.ok;
}

/** `show`: the skill's own text. */
export function showSkill({ lang }: Pick<SkillOptions, "lang">, { terminal }: CliContext): number {
  terminal.data(SKILLS[lang ?? "en"]["SKILL.md"].trimEnd());
  return EXIT.ok;
}

/** @throws VaultError `request.invalid`, `client.file_unsafe` */
function folderOf({ agent, project, dir }: SkillOptions, { env }: CliContext): string {
  if (dir !== undefined) return `${absolute(dir)}/${SKILL_NAME}`;
  if (agent === undefined) {
    throw new VaultError(
      "request.invalid",
      "Say for which agent: --agent NAME, or a folder of skills: --dir PATH",
    );
  }
  const places = AGENTS[agent];
  if (project !== true) return `${userHome(env)}/${places.user}/${SKILL_NAME}`;
  if (places.project === null) {
    throw new VaultError(
      "request.invalid",
      `${places.title} has no skills of a project; leave --project out`,
    );
  }
  refuseLinksBelow(Deno.cwd(), places.project);
  return `${Deno.cwd()}/${places.project}/${SKILL_NAME}`;
}

/** One copy for all links: an update of it is one for every agent. */
function placeShared({ env }: CliContext, how: PlaceOptions): string {
  const data = env("XDG_DATA_HOME") ?? `${userHome(env)}/.local/share`;
  const folder = `${data}/cortex-auth/skills/${SKILL_NAME}`;
  placeSkill(folder, how);
  return folder;
}

function absolute(path: string): string {
  const whole = path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
  return whole.replace(/\/+$/, "");
}

function nextWords({ agent }: SkillOptions, placed: Placed): string {
  if (agent === undefined || placed === "up to date") return "";
  return `; start ${AGENTS[agent].title} anew to have it loaded`;
}
