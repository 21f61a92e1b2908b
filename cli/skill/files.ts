/** The skill's files, inside the program: an installed `cortex` needs no checkout to install its skill. */

import SKILL from "../../skills/cortex-secrets/SKILL.md" with { type: "text" };
import SKILL_ZH_CN from "../../skills/cortex-secrets/SKILL.zh-CN.md" with { type: "text" };
import CODES from "../../skills/cortex-secrets/references/codes.md" with { type: "text" };
import COMMANDS from "../../skills/cortex-secrets/references/commands.md" with { type: "text" };

/** The name of the skill and of its folder. */
export const SKILL_NAME = "cortex-secrets";

const REFERENCES = { "references/codes.md": CODES, "references/commands.md": COMMANDS };

/** Paths below the skill's folder, and their texts, by language. Agents look for `SKILL.md`, whatever its language. */
export const SKILLS = {
  en: { "SKILL.md": SKILL, ...REFERENCES },
  "zh-CN": { "SKILL.md": SKILL_ZH_CN, ...REFERENCES },
} as const satisfies Readonly<Record<string, SkillFiles>>;

export type SkillFiles = Readonly<Record<string, string>>;
export type SkillLanguage = keyof typeof SKILLS;

export function isSkillLanguage(text: unknown): text is SkillLanguage {
  return typeof text === "string" && Object.hasOwn(SKILLS, text);
}
