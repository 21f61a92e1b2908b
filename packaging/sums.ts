/** `deno run -A packaging/sums.ts FOLDER`: writes SHA256SUMS over the archives and documents of a release. */

import { sha256Hex } from "../shared/crypto/hash.ts";

const NAME = "SHA256SUMS";

/** Lines as `sha256sum` writes them, by name. */
export async function sumLines(folder: string): Promise<string> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) if (isFile && name !== NAME) names.push(name);
  const lines: string[] = [];
  for (const name of names.sort()) {
    lines.push(`${sha256Hex(await Deno.readFile(`${folder}/${name}`))}  ${name}\n`);
  }
  return lines.join("");
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) throw new Error("name the folder of the release");
  await Deno.writeTextFile(`${folder}/${NAME}`, await sumLines(folder));
}
