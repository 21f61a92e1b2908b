/** Wire schemas of commands: what one is, as the daemon sees it, and what an approval binds a value to. */

import * as z from "zod";

const path = z.string().min(1).max(4_096);

/** Lowercase hex. */
export const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

/** A file whose content decides what runs, read through the descriptor that was opened. */
export const CommandFile = z.object({ path, sha256: Sha256Hex });
export type CommandFile = z.infer<typeof CommandFile>;

/** Of the repository around the directory: the host's word. The remote carries no user and no password. */
export const CommandRepository = z.object({
  remote: z.string().max(2_048).nullable(),
  commit: z.string().regex(/^[0-9a-f]{40,64}$/).nullable(),
});
export type CommandRepository = z.infer<typeof CommandRepository>;

/** A command that is about to run. */
export const CommandFacts = z.object({
  files: z.array(CommandFile).min(1).max(16).describe(
    "What is executed, then what runs it (an interpreter) and the scripts that an interpreter is given.",
  ),
  args: z.array(z.string().max(131_072)).max(4_096).describe("Without the program's name."),
  directory: path.describe("Absolute."),
  repository: CommandRepository.nullable(),
});
export type CommandFacts = z.infer<typeof CommandFacts>;

/** What a command has to be for an approval to count. */
export const CommandBinding = z.object({
  files: CommandFacts.shape.files,
  args: z.array(z.string().max(131_072)).max(4_096).describe(
    "A pattern for each argument, see `shared/command/pattern.ts`.",
  ),
  directory: path.describe("The directory itself, or with `/**` at its end everything below it too."),
  repository: CommandRepository.nullable().describe("Null parts are not looked at."),
  search_path: z.string().max(16_384).describe("The `PATH` that the program gets, whatever the caller's is."),
  environment: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/)).max(64).default([]).describe(
    "Names of further variables of the caller's that the program gets, see `shared/command/ordinary_variables.ts`.",
  ),
});
export type CommandBinding = z.infer<typeof CommandBinding>;
