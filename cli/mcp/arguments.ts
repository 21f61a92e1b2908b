/** Checks what a model sent against a tool's shape, and says in our words which argument is wrong, never what was in it. */

import type * as z from "zod";
import { VaultError } from "../../shared/errors.ts";

type Issue = z.core.$ZodIssue;

/** What the call means, defaults filled in. @throws VaultError `request.invalid` */
export function readArguments<Shape extends z.ZodObject>(shape: Shape, given: unknown): z.infer<Shape> {
  const parsed = shape.safeParse(given ?? {}, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues;
  const details = { arguments: issues.map(nameOf) };
  const known = Object.keys(shape.shape).join(", ");
  throw new VaultError("request.invalid", issues.map((issue) => sentence(issue, known)).join(". "), {
    details,
  });
}

/** Only names of the tool's own arguments and positions: an unknown name was chosen by the caller. */
function nameOf({ path }: Issue): string {
  return path.map(String).join(".");
}

function sentence(issue: Issue, known: string): string {
  const name = `The argument ${nameOf(issue)}`;
  switch (issue.code) {
    case "unrecognized_keys":
      return `An argument is none of this tool's, which are ${known}`;
    case "invalid_type":
      if (issue.path.length === 0) return `The arguments have to be an object with ${known}`;
      return issue.input === undefined
        ? `${name} is missing`
        : `${name} has to be of type ${issue.expected === "int" ? "integer" : issue.expected}`;
    case "too_small":
      return `${name} needs at least ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `${name} can have at most ${issue.maximum}${unitOf(issue.origin)}`;
    default:
      return `${name} is not as the tool describes it`;
  }
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" ? " entries" : "";
}
