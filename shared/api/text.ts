/** Pieces that many request schemas share. `nullish` because clients may send `null` for what they leave out. */

import { z } from "zod";

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const CONTROL_BUT_LINES = /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\p{Cs}]/u;

/** A few lines for people. Empty clears what was there; `null` and absent leave it. */
export const description = z.string().max(2_000)
  .refine((text) => !CONTROL_BUT_LINES.test(text), "holds control characters; leave them out").nullish();

/** One line for people: a name, a pattern, a reason. */
export const oneLine = (longest: number) =>
  z.string().min(1).max(longest)
    .refine((text) => !CONTROL.test(text), "holds control characters; leave them out");

/** A namespace as text; its form is checked where it is used. `default` where it is left out. */
export const namespace = z.string().nullish();

/** `?namespace=`, for names that more than one namespace may hold. */
export const NamespaceQuery = z.object({ namespace: z.string().optional() });
export type NamespaceQuery = z.infer<typeof NamespaceQuery>;
