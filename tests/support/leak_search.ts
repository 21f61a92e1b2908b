/** Searches what was captured for things that must not be there, in every form in which they may hide. */

import { formsOf } from "../../daemon/redaction/encodings.ts";
import { utf8 } from "../../shared/encoding.ts";
import { ENCODERS } from "../campaign/leak_hunt/encoders.ts";
import { Random } from "../campaign/leak_hunt/random.ts";

export interface Forbidden {
  readonly what: string;
  readonly text: string;
}

/** Where captured output came from, and its bytes as one character each. */
export interface Captured {
  readonly where: string;
  readonly content: string;
}

const latin = new TextDecoder("latin1");

/** Text as the search sees it: one character per byte of its UTF-8. */
export function capturedText(where: string, text: string): Captured {
  return { where, content: latin.decode(utf8(text)) };
}

export async function capturedFile(path: string): Promise<Captured> {
  return { where: path, content: latin.decode(await Deno.readFile(path)) };
}

/** What was found: a sentence per hit, without the hit itself. */
export function findLeaks(captured: readonly Captured[], forbidden: readonly Forbidden[]): string[] {
  return forbidden.flatMap(({ what, text }) => {
    const forms = printedForms(text).map((bytes) => latin.decode(bytes)).filter(({ length }) => length >= 8);
    return captured.filter(({ content }) => forms.some((form) => content.includes(form)))
      .map(({ where }) => `${what} is in ${where}`);
  });
}

/** What the redactor looks for, and what the hunt's encoders print; those of base64 stand at random places among other bytes. */
function printedForms(text: string): Uint8Array[] {
  const encoders = ENCODERS.filter(({ reading }) => !reading.startsWith("base"));
  return [
    ...formsOf(utf8(text), text).map(({ bytes }) => bytes),
    ...encoders.map(({ encode }) => encode(utf8(text), new Random(1))),
  ];
}

/** Every file below a folder. */
export async function capturedFolder(folder: string, skip: (path: string) => boolean): Promise<Captured[]> {
  const found: Captured[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (skip(path)) continue;
    if (entry.isDirectory) found.push(...await capturedFolder(path, skip));
    if (entry.isFile) found.push(await capturedFile(path));
  }
  return found;
}
