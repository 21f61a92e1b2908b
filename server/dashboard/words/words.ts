/** The words of the pages in each language; what a page says itself comes from here, what agents said never does. */

import type { Incoming } from "../../http/incoming.ts";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

export type WordKey = keyof typeof en;
export type Catalogue = Readonly<Record<WordKey, string>>;

export const LANGUAGES = ["en", "zh"] as const;
export type Language = typeof LANGUAGES[number];

const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, zh };

/** Gives the words of a key; `{name}` in them is filled in. */
export type Translate = (key: WordKey, values?: Readonly<Record<string, string | number>>) => string;

export function translator(language: Language): Translate {
  const words = CATALOGUES[language];
  return (key, values = {}) =>
    words[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** What a key says, or undefined where it is none: for keys that are made of codes. */
export function wordKey(text: string): WordKey | undefined {
  return isWordKey(text) ? text : undefined;
}

function isWordKey(text: string): text is WordKey {
  return Object.hasOwn(en, text);
}

export function isLanguage(text: string): text is Language {
  return LANGUAGES.some((language) => language === text);
}

/** By the cookie of the switch, else by what the browser asks for; English for everybody else. */
export function languageOf(incoming: Incoming): Language {
  const chosen = /(?:^|;\s*)lang=(\w+)/.exec(incoming.header("Cookie") ?? "")?.[1] ?? "";
  if (isLanguage(chosen)) return chosen;
  const wanted = (incoming.header("Accept-Language") ?? "").split(",").map((part) =>
    part.trim().slice(0, 2).toLowerCase()
  );
  return wanted.find(isLanguage) ?? "en";
}
