/**
 * The skill's files in a folder. What a person changed is never lost silently: a note beside the files says what was put there,
 * and a file that is something else by now is replaced only where that is asked for. Links are not followed.
 */

import { sha256Hex } from "../../shared/crypto/hash.ts";
import { randomHex } from "../../shared/crypto/random.ts";
import { VaultError } from "../../shared/errors.ts";
import { VERSION } from "../../shared/version.ts";
import { isSkillLanguage, type SkillFiles, type SkillLanguage, SKILLS } from "./files.ts";

/** What was put into the folder, by path, as hex SHA-256, and in which language. */
const NOTE = ".cortex-skill.json";

export type Placed = "installed" | "updated" | "up to date";

export interface PlaceOptions {
  readonly force: boolean;
  /** Left out, a skill that is there keeps its own. */
  readonly language?: SkillLanguage | undefined;
}

/** Writes the files. @throws VaultError `client.file_unsafe` naming what was changed */
export function placeSkill(folder: string, { force, language }: PlaceOptions): Placed {
  const existing = kindOf(folder);
  if (existing !== undefined && existing !== "directory") {
    throw unsafe(`${folder} is no directory`, "move it away");
  }
  const note = readNote(folder);
  const meant = language ?? note.language;
  const files = SKILLS[meant];
  const changed = existing === undefined ? [] : changedFiles(folder, files);
  if (changed.length > 0 && !force) {
    throw unsafe(
      `${changed.join(", ")} in ${folder} was changed and would be replaced`,
      "add --force to replace it",
    );
  }
  if (existing !== undefined && isComplete(folder, files)) return "up to date";
  if (existing !== undefined) removeDropped(folder, files);
  for (const [path, text] of Object.entries(files)) writeFile(folder, path, text);
  writeNote(folder, meant);
  return existing === undefined ? "installed" : "updated";
}

/** Takes away what was put there, and the folder with it. @throws VaultError where something else is in it */
export function removeSkill(folder: string, { force }: { readonly force: boolean }): boolean {
  const kind = kindOf(folder);
  if (kind === undefined) return false;
  if (kind === "link") Deno.removeSync(folder);
  else if (kind !== "directory") throw unsafe(`${folder} is no directory`, "move it away");
  else {
    const changed = changedFiles(folder, SKILLS[readNote(folder).language]);
    if (changed.length > 0 && !force) {
      throw unsafe(`${changed.join(", ")} in ${folder} was changed`, "add --force to remove it");
    }
    Deno.removeSync(folder, { recursive: true });
  }
  return true;
}

/** Makes `link` lead to a folder. @throws VaultError for anything else that is there */
export function linkSkill(link: string, folder: string, { force }: { readonly force: boolean }): Placed {
  const kind = kindOf(link);
  if (kind === "link" && Deno.readLinkSync(link) === folder) return "up to date";
  if (kind !== undefined && !force) throw unsafe(`${link} is there already`, "add --force to replace it");
  if (kind !== undefined) removeSkill(link, { force });
  Deno.mkdirSync(link.slice(0, link.lastIndexOf("/")), { recursive: true });
  Deno.symlinkSync(folder, link);
  return kind === undefined ? "installed" : "updated";
}

/**
 * A checkout may hold links of a stranger, which would have the skill written or removed somewhere else.
 * @throws VaultError `client.file_unsafe` naming the first folder between `root` and `path` that is a link
 */
export function refuseLinksBelow(root: string, path: string): void {
  const parts = path.split("/");
  const links = parts.map((_, index) => [root, ...parts.slice(0, index + 1)].join("/"))
    .filter((folder) => kindOf(folder) === "link");
  if (links[0] !== undefined) {
    throw unsafe(`${links[0]} is a link and leads elsewhere`, "replace it by a folder");
  }
}

/** Files of an earlier version that this one has no more, as long as nobody changed them. */
function removeDropped(folder: string, files: SkillFiles): void {
  for (const [path, sum] of Object.entries(readNote(folder).sums)) {
    const isOurs = listFiles(folder).includes(path) && sumOf(`${folder}/${path}`) === sum;
    if (isOurs && files[path] === undefined) Deno.removeSync(`${folder}/${path}`);
  }
}

/** Files that are not what was put there; all that are there where nobody noted it. */
function changedFiles(folder: string, files: SkillFiles): string[] {
  const noted = readNote(folder).sums;
  return listFiles(folder).filter((path) => {
    if (path === NOTE) return false;
    const sum = sumOf(`${folder}/${path}`);
    return sum === undefined || sum !== noted[path] && sum !== sha256Hex(files[path] ?? "");
  });
}

function isComplete(folder: string, files: SkillFiles): boolean {
  return Object.entries(files).every(([path, text]) => sumOf(`${folder}/${path}`) === sha256Hex(text));
}

/** Undefined for what is no file: a link counts as changed. */
function sumOf(path: string): string | undefined {
  return kindOf(path) === "file" ? sha256Hex(Deno.readFileSync(path)) : undefined;
}

interface Note {
  readonly language: SkillLanguage;
  readonly sums: Readonly<Record<string, unknown>>;
}

/** Without a note, or with one that nobody can read, nothing is known to be ours. */
function readNote(folder: string): Note {
  try {
    const { language, files }: { language?: unknown; files?: unknown } = JSON.parse(
      Deno.readTextFileSync(`${folder}/${NOTE}`),
    );
    return {
      language: isSkillLanguage(language) ? language : "en",
      sums: typeof files === "object" && files !== null ? { ...files } : {},
    };
  } catch {
    return { language: "en", sums: {} };
  }
}

function writeNote(folder: string, language: SkillLanguage): void {
  const files = Object.fromEntries(
    Object.entries(SKILLS[language]).map(([path, text]) => [path, sha256Hex(text)]),
  );
  writeFile(folder, NOTE, `${JSON.stringify({ version: VERSION, language, files }, null, 2)}\n`);
}

function listFiles(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? listFiles(folder, `${below}${name}/`) : [`${below}${name}`]
  ).sort();
}

/** Whole or not at all, and in the place of a link, not through it. */
function writeFile(folder: string, path: string, text: string): void {
  const target = `${folder}/${path}`;
  const parent = target.slice(0, target.lastIndexOf("/"));
  if (kindOf(parent) === "link") Deno.removeSync(parent);
  Deno.mkdirSync(parent, { recursive: true });
  const temporary = `${target}.${randomHex(8)}.tmp`;
  Deno.writeTextFileSync(temporary, text, { createNew: true, mode: 0o644 });
  Deno.renameSync(temporary, target);
}

function kindOf(path: string): "file" | "directory" | "link" | "other" | undefined {
  try {
    const { isFile, isDirectory, isSymlink } = Deno.lstatSync(path);
    return isSymlink ? "link" : isDirectory ? "directory" : isFile ? "file" : "other";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function unsafe(what: string, next: string): VaultError {
  return new VaultError("client.file_unsafe", `${what}; ${next}`);
}
