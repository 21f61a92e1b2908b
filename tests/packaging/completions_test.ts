/** Completions as the shells themselves give them: the same lines completed by bash, zsh and fish. */

import assert from "node:assert/strict";
import { completionScript, type Shell } from "../../cli/help/completions.ts";
import { programTree } from "../../cli/program.ts";
import { withTempDir } from "../support/paths.ts";
import { Tmux } from "../support/tmux.ts";
import { hasTool, outputOf } from "./support.ts";

/** A program of the user's, which is on the PATH. */
const PROGRAM = "program-of-the-user";
const OPTION = "--project";

/** What was typed, and the word that its last one becomes. */
const LINES: readonly (readonly [typed: string, becomes: string])[] = [
  ["cortex daemon logi", "login"],
  ["cortex-cli admin allowl", "allowlist"],
  ["cortex status --js", "--json"],
  ["cortex run --proj", OPTION],
  ["cortex ssh --proj", OPTION],
  ["cortex run --project p program-of", PROGRAM],
  ["cortex run --wait -- program-of", PROGRAM],
  ["cortex ssh -- program-of", PROGRAM],
];

/** Lines whose last word is the program's own affair. */
const PROGRAMS_OWN = ["cortex run --project p -- true --proj", "cortex run true verify-aud"];

async function withScript(
  shell: Shell,
  file: string,
  work: (folder: string, path: string) => Promise<void>,
): Promise<void> {
  await withTempDir(async (folder) => {
    await Deno.writeTextFile(`${folder}/${file}`, completionScript(shell, programTree()));
    await Deno.writeTextFile(`${folder}/${PROGRAM}`, "#!/bin/sh\n", { mode: 0o755 });
    await work(folder, `${folder}:/usr/local/bin:/usr/bin:/bin`);
  });
}

Deno.test("bash completes commands, options, and after run the program and its arguments", async () => {
  await withScript("bash", "cortex.bash", async (folder, PATH) => {
    const script =
      `source ${folder}/cortex.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _cortex; ` +
      `printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ask = async (line: string) =>
      (await outputOf("bash", ["-c", script, "bash", ...line.split(" ")], { PATH })).text.trim().split("\n");
    for (const [typed, becomes] of LINES) assert.deepEqual(await ask(typed), [becomes], typed);
    for (const typed of PROGRAMS_OWN) assert.deepEqual(await ask(typed), [""], typed);
  });
});

Deno.test({
  name: "fish completes commands, options, and after run the program and its arguments",
  ignore: !await hasTool("fish"),
  fn: () =>
    withScript("fish", "cortex.fish", async (folder, PATH) => {
      const ask = async (line: string) => {
        const script = `source ${folder}/cortex.fish; complete -C '${line}'`;
        const { text } = await outputOf("fish", ["-c", script], { PATH, HOME: folder });
        return text.trim().split("\n").map((said) => said.split("\t")[0]);
      };
      for (const [typed, becomes] of LINES) assert.deepEqual(await ask(typed), [becomes], typed);
      for (const typed of PROGRAMS_OWN) assert.deepEqual(await ask(typed), [""], typed);
    }),
});

Deno.test({
  name: "zsh completes commands, options, and after run the program and its arguments",
  ignore: !await hasTool("zsh") || !await hasTool("tmux"),
  fn: () =>
    withScript("zsh", "_cortex", async (folder, PATH) => {
      await using tmux = await Tmux.start({ PATH, HOME: folder }, folder);
      await tmux.enter("exec zsh -f");
      await tmux.enter(`fpath=(${folder} $fpath); autoload -Uz compinit; compinit -u -D; PS1='$ '; clear`);
      await tmux.waitFor(/^\$ \s*$/);
      for (const [typed, becomes] of LINES) {
        await tmux.press("-l", typed);
        await tmux.press("Tab");
        const words = typed.split(" ").with(-1, becomes).join(" ");
        await tmux.waitFor(new RegExp(`^\\$ ${words}\\s*$`));
        await tmux.press("C-u");
        await tmux.waitFor(/^\$ \s*$/);
      }
    }),
});
