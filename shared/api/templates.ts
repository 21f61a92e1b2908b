/** Wire schemas of `POST /project/template/:project`: a template rendered for one file or one program. */

import * as z from "zod";
import { MAX_TEMPLATE_CHARACTERS } from "../template_limits.ts";

/** A stored template by its key path or the name of its grant, or a text. */
export const TemplateSource = z.union([
  z.object({ name: z.string().min(1).max(1024) }),
  z.object({ text: z.string().max(MAX_TEMPLATE_CHARACTERS) }),
]);
export type TemplateSource = z.infer<typeof TemplateSource>;

/** Where the rendered text goes; for the audit log. */
export const TemplateDestination = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("file"), path: z.string().max(4096) }),
  z.object({ kind: z.literal("program") }),
]);
export type TemplateDestination = z.infer<typeof TemplateDestination>;

export const RenderTemplateRequest = z.object({
  template: TemplateSource,
  destination: TemplateDestination,
});
export type RenderTemplateRequest = z.infer<typeof RenderTemplateRequest>;

export const RenderedTemplate = z.object({
  text: z.string(),
  names: z.array(z.string()).describe("Names whose values are in the text, or decided about it."),
  values: z.record(z.string(), z.string()).describe(
    "Their values, for a program only: what it prints is searched for them. Binary values are base64 text.",
  ),
});
export type RenderedTemplate = z.infer<typeof RenderedTemplate>;

/** Names of the template that the token lacks and a new discover would bring, or ask a person for. */
export const TemplateNeeds = z.object({ needs: z.array(z.string()) });
export type TemplateNeeds = z.infer<typeof TemplateNeeds>;
