/** Pieces that many request schemas share. `nullish` because clients may send `null` for what they leave out. */

import * as z from "zod";

/** Without control characters and what changes the direction or the end of lines; a few lines may have line feeds and tabs. */
const ONE_LINE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u;
const LINES = /^(?:[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|[\n\t])*$/u;

const clean = (text: z.ZodString, form: RegExp) =>
  text.refine((value) => form.test(value), "holds control characters; leave them out")
    .meta({ pattern: form.source });

/** A few lines for people. Empty clears what was there; `null` and absent leave it. */
export const description = clean(z.string().max(2_000), LINES).nullish().describe("A few lines for people.");

/** One line for people: a name, a pattern, a reason. */
export const oneLine = (longest: number) => clean(z.string().min(1).max(longest), ONE_LINE);

/** A namespace as text; its form is checked where it is used. `default` where it is left out. */
export const namespace = z.string().nullish().describe("`default` where it is left out.");

/** `?namespace=`, for names that more than one namespace may hold. */
export const NamespaceQuery = z.object({
  namespace: z.string().optional().describe("Needed where several namespaces hold one of that name."),
});
export type NamespaceQuery = z.infer<typeof NamespaceQuery>;
