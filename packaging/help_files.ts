/** `deno run -A packaging/help_files.ts FOLDER`: completions and man pages of `cortex`, from its own help. */

import { completionScript, SHELLS } from "../cli/help/completions.ts";
import { manPages } from "../cli/help/man_page.ts";
import { programTree } from "../cli/program.ts";

const NAMES = { bash: "cortex.bash", zsh: "_cortex", fish: "cortex.fish" } as const;

/** Writes `completions/` and `man/` below a folder. */
export async function writeHelpFiles(folder: string): Promise<void> {
  const tree = programTree();
  await Deno.mkdir(`${folder}/completions`, { recursive: true });
  await Deno.mkdir(`${folder}/man`, { recursive: true });
  for (const shell of SHELLS) {
    await Deno.writeTextFile(`${folder}/completions/${NAMES[shell]}`, completionScript(shell, tree));
  }
  for (const { file, text } of manPages(tree)) await Deno.writeTextFile(`${folder}/man/${file}`, text);
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) throw new Error("name the folder");
  await writeHelpFiles(folder);
}
