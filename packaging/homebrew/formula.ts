/**
 * `deno run -A packaging/homebrew/formula.ts SHA256SUMS > cortex-auth.rb`: the Homebrew formula of a release: the one beside
 * this file, with the release's version and sums filled in. A release that lacks a platform has no formula.
 */

import { VERSION } from "../../shared/version.ts";
import { archiveName, TARGETS } from "../targets.ts";

const TEMPLATE = new URL("./cortex-auth.rb", import.meta.url);
/** Comments above the class, which speak of the template. */
const HEADER = /^(?:#.*\n)+/;

/** Sums by file name, from the lines of `sha256sum`. @throws Error for a line that is none */
export function parseSums(text: string): ReadonlyMap<string, string> {
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => {
    const [, sum = "", name = ""] = /^([0-9a-f]{64}) [ *]([\w.+-]+)$/.exec(line) ?? [];
    if (name === "") throw new Error("a line of the sums is none of sha256sum's");
    return [name, sum];
  }));
}

/** The formula's text. @throws Error where a target has no sum, or the template asks for something else */
export async function formula(sums: ReadonlyMap<string, string>, version = VERSION): Promise<string> {
  const known = new Map([["version", version], ...TARGETS.map((target) => sumOf(sums, target, version))]);
  const template = await Deno.readTextFile(TEMPLATE);
  return template.replace(HEADER, "").replace(/@([\w-]+)@/g, (_, name: string) => {
    const text = known.get(name);
    if (text === undefined) throw new Error(`the template asks for ${name}, which nobody knows`);
    return text;
  });
}

function sumOf(
  sums: ReadonlyMap<string, string>,
  target: typeof TARGETS[number],
  version: string,
): readonly [string, string] {
  const file = `${archiveName(target, version)}.tar.gz`;
  const sum = sums.get(file);
  if (sum === undefined) throw new Error(`the release has no sum for ${file}`);
  return [target, sum];
}

if (import.meta.main) {
  const [file] = Deno.args;
  if (file === undefined) throw new Error("name the file SHA256SUMS of the release");
  console.log((await formula(parseSums(await Deno.readTextFile(file)))).trimEnd());
}
