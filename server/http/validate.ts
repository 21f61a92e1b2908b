/**
 * Zod's verdict in our words: which field, what was wanted. The messages are made from the schema alone, because
 * Zod's own may quote what was received, and that may be a secret.
 */

import type * as z from "zod";
import { VaultError } from "../../shared/errors.ts";

/** @throws VaultError `request.invalid` that names the first wrong field */
export function validate<T>(schema: z.ZodType<T>, input: unknown, what: "body" | "query"): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new VaultError(
    "request.invalid",
    issue === undefined ? `The ${what} is invalid` : explain(issue, isAbsent(input, issue.path), what),
  );
}

function explain(issue: z.core.$ZodIssue, absent: boolean, what: "body" | "query"): string {
  const field = fieldName(issue.path);
  const subject = field === "" ? `The ${what}` : `Field '${field}'`;
  return `${subject} ${wanted(issue, absent)}`;
}

function isAbsent(input: unknown, path: readonly PropertyKey[]): boolean {
  let value = input;
  for (const part of path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined;
  }
  return value === undefined;
}

/** Only names that the schemas know and positions in lists get here: no schema has free names. */
function fieldName(path: readonly PropertyKey[]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("").replace(
    /^\./,
    "",
  );
}

function wanted(issue: z.core.$ZodIssue, absent: boolean): string {
  switch (issue.code) {
    case "invalid_type":
      return absent
        ? `is missing; it has to be ${typeName(issue.expected)}`
        : `has to be ${typeName(issue.expected)}`;
    case "too_small":
      return `has to ${have(issue.origin)} at least ${issue.minimum}${unit(issue.origin)}`;
    case "too_big":
      return `has to ${have(issue.origin)} at most ${issue.maximum}${unit(issue.origin)}`;
    case "invalid_value":
      return `has to be one of ${issue.values.map(String).join(", ")}`;
    case "custom":
      // Written in our own schemas, by `refine` or `VaultError` messages.
      return issue.message;
    default:
      return "does not have the right form";
  }
}

function have(origin: string): string {
  return unit(origin) === "" ? "be" : "have";
}

function unit(origin: string): string {
  switch (origin) {
    case "string":
      return " characters";
    case "array":
      return " entries";
    default:
      return "";
  }
}

function typeName(expected: string): string {
  switch (expected) {
    case "string":
      return "a text";
    case "boolean":
      return "true or false";
    case "int":
      return "a whole number";
    case "number":
      return "a number";
    case "array":
      return "a list";
    case "object":
      return "a JSON object";
    default:
      return "of another type";
  }
}
