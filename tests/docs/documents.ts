/** The project's documents: what people and agents read. */

import { ROOT } from "../support/source_files.ts";

/** Paths of all Markdown files, relative to the top, in order. */
export async function documents(): Promise<string[]> {
  const found = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
  for (const folder of ["docs", "skills"]) await collect(folder, found);
  return found.sort();
}

async function collect(folder: string, found: string[]): Promise<void> {
  for await (const entry of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) await collect(path, found);
    if (entry.isFile && entry.name.endsWith(".md")) found.push(path);
  }
}

/** The English page that a translation is of. */
export function originalOf(document: string): string | undefined {
  return document.endsWith(".zh-CN.md") ? document.replace(".zh-CN.md", ".md") : undefined;
}
