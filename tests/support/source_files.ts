/** The project's own TypeScript files and what each of them imports, read as text. */

export const ROOT = new URL("../../", import.meta.url);

const ROOMS = ["server", "daemon", "cli", "shared", "tests", "packaging"];

/** Paths of all TypeScript files below the rooms, relative to the top, in order. */
export async function sourceFiles(rooms: readonly string[] = ROOMS): Promise<string[]> {
  const found: string[] = [];
  for (const room of rooms) await collect(room, found);
  return found.sort();
}

async function collect(folder: string, found: string[]): Promise<void> {
  const url = new URL(`${folder}/`, ROOT);
  if (!await Deno.stat(url).then(() => true, () => false)) return;
  for await (const entry of Deno.readDir(url)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "node_modules" && entry.name !== "output") {
      await collect(path, found);
    }
    if (entry.isFile && /\.tsx?$/.test(entry.name)) found.push(path);
  }
}

export function readSource(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** What a file imports: paths relative to the top for our own files, bare specifiers as they are written. */
export async function importsOf(path: string): Promise<string[]> {
  const text = await readSource(path);
  return resolveAll(path, [...staticImports(text), ...lateImports(text)]);
}

/**
 * What is loaded before a file runs: neither types, which are gone by then, nor what it loads later or in a Worker. Files
 * that load each other so would see each other half made.
 */
export async function loadedImportsOf(path: string): Promise<string[]> {
  const withoutTypes = (await readSource(path)).replace(/^\s*(?:import|export) type\s[^;]*;/gm, "");
  return resolveAll(path, staticImports(withoutTypes));
}

function staticImports(text: string): string[] {
  return [
    ...text.matchAll(/^\s*(?:import|export)\s[^;]*?\sfrom\s+"([^"]+)"/gm),
    ...text.matchAll(/^\s*import\s+"([^"]+)"/gm),
  ].map((match) => match[1] ?? "");
}

function lateImports(text: string): string[] {
  return [
    ...text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g),
    ...text.matchAll(/new URL\(\s*"(\.[^"]+\.tsx?)"\s*,\s*import\.meta\.url/g),
  ].map((match) => match[1] ?? "");
}

function resolveAll(path: string, specifiers: readonly string[]): string[] {
  return [...new Set(specifiers)].map((specifier) => resolve(path, specifier));
}

function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, new URL(from, ROOT)).href.slice(ROOT.href.length);
}
