/**
 * The processes above a program that called the daemon, as they travel in a header and lie in audit rows: numbers, names,
 * hashes and times. Never arguments: those of an agent's parents may hold secrets.
 *
 * Names are chosen on the agent's host by whoever likes to: they are cut, and what is not printable is escaped.
 */

import * as z from "zod";
import { SHA256_HEX } from "../api/sha256.ts";

/** Nearest first. */
export const MAX_PARENTS = 16;
/** Of the header as it is sent. */
export const MAX_PARENTS_HEADER = 4096;
const MAX_NAME = 48;
const STARTED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

const Parent = z.object({
  pid: z.int().positive(),
  name: z.string().max(256).transform(printableName),
  sha256: z.string().regex(SHA256_HEX).optional(),
  started: z.string().regex(STARTED).optional(),
});

/** One process above the caller. */
export interface CallerParent {
  readonly pid: number;
  readonly name: string;
  /** Of its program's file; absent where the system does not show it. */
  readonly sha256?: string | undefined;
  /** RFC 3339, whole seconds, UTC. */
  readonly started?: string | undefined;
}

/** A name that cannot do anything to whoever looks at it: `\u001b` instead of an escape. */
export function printableName(name: string): string {
  return name.slice(0, MAX_NAME).toWellFormed()
    .replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .slice(0, MAX_NAME);
}

/** Compact JSON of the nearest parents that fit, once `encode` made a header of it. */
export function printParents(parents: readonly CallerParent[], encode: (text: string) => string): string {
  for (let count = Math.min(parents.length, MAX_PARENTS);; count--) {
    const text = encode(JSON.stringify(parents.slice(0, count)));
    if (text.length <= MAX_PARENTS_HEADER) return text;
  }
}

/** Reads the header; undefined for what our daemon does not send. */
export function parseParents(header: string): readonly CallerParent[] | undefined {
  if (header.length > MAX_PARENTS_HEADER) return undefined;
  try {
    return z.array(Parent).max(MAX_PARENTS).safeParse(JSON.parse(decodeURIComponent(header))).data;
  } catch {
    return undefined;
  }
}

/** The time of a process's start as it is told; undefined for what is no time. */
export function parseStarted(text: string): string | undefined {
  return STARTED.test(text) ? text : undefined;
}
