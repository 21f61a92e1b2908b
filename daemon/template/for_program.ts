/**
 * A rendered template as a file that only one program has. Its place is in `CORTEX_TEMPLATE_FILE`, and takes the place of
 * `{}` in the program's arguments: where an argument is `{}`, or ends in `={}`.
 */

import type { DeliveredFiles } from "../run/delivered_files.ts";
import type { Rendered } from "./rendered.ts";

export const TEMPLATE_VARIABLE = "CORTEX_TEMPLATE_FILE";

/** Gives the text to the program; the arguments with its place in them. @throws VaultError `child.spawn_failed` */
export function giveToProgram(
  { text }: Rendered,
  files: DeliveredFiles,
  args: readonly string[],
): readonly string[] {
  const path = files.add(TEMPLATE_VARIABLE, { value: text, readOnce: false });
  return args.map((arg) => arg === "{}" || arg.endsWith("={}") ? `${arg.slice(0, -2)}${path}` : arg);
}
