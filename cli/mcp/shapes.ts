/** What each tool takes. A model reads the descriptions; an argument that is not here is refused. */

import * as z from "zod";

const project = z.string().max(255).optional()
  .describe("The project whose keys are meant; leave it out for the one this server was started for");
const directory = z.string().max(4_096).optional().describe(
  "Absolute path; the user's directory where it is left out",
);
const names = z.array(z.string().max(255)).max(1_000).optional()
  .describe("Names of environment variables; read from .env or .env.example where they are left out");
const program = z.string().min(1).max(4_096).describe(
  "The program, as in a shell; no shell interprets the words",
);
const args = z.array(z.string().max(131_072)).max(4_096).default([]).describe("Its arguments, one by one");

export const LIST_NAMES = z.strictObject({ project, directory });
export const EXPLAIN = z.strictObject({ project, directory, names, program: program.optional(), args });
export const REQUEST_ACCESS = z.strictObject({
  project,
  directory,
  names,
  program: program.optional().describe(
    "Ask for exactly this command; without it, for the project as a whole",
  ),
  args,
  uses: z.int().min(1).max(1_000_000).optional().describe("So many runs; any number where it is left out"),
  minutes: z.int().min(1).max(129_600).default(1_440).describe("So long after the approval"),
  note: z.string().min(1).max(500).optional().describe("Why, for the person who decides"),
});
export const RENDER_TEMPLATE = z.strictObject({
  project,
  directory,
  template: z.string().min(1).max(255).describe(
    "The key path or name of a template that is stored in the vault",
  ),
  out: z.string().min(1).max(4_096).describe(
    "Where the file goes, below the directory; it must not be there yet",
  ),
});
export const RUN_COMMAND = z.strictObject({
  project,
  directory,
  names,
  program,
  args,
  timeout_seconds: z.int().min(1).max(3_600).default(120).describe("The program is ended after this time"),
  max_output_bytes: z.int().min(256).max(1_048_576).default(65_536)
    .describe("Of each output; the middle is left out beyond it"),
});
