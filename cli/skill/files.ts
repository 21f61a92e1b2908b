/** The skill's files, inside the program: an installed `cortex` needs no checkout to install its skill. */

import SKILL from "../../skills/cortex-secrets/SKILL.md" with { type: "text" };
import CODES from "../../skills/cortex-secrets/references/codes.md" with { type: "text" };
import COMMANDS from "../../skills/cortex-secrets/references/commands.md" with { type: "text" };

/** The name of the skill and of its folder. */
export const SKILL_NAME = "cortex-secrets";

/** Paths below the skill's folder, and their texts. */
export const SKILL_FILES: Readonly<Record<string, string>> = {
  "SKILL.md": SKILL,
  "references/codes.md": CODES,
  "references/commands.md": COMMANDS,
};
