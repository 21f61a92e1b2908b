/** Wire schemas of commands: what one is, as the daemon sees it, and what an approval binds a value to. */

import { z } from "zod";

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
  /** What is executed, then what runs it (an interpreter) and the scripts that an interpreter is given. */
  files: z.array(CommandFile).min(1).max(16),
  /** Without the program's name. */
  args: z.array(z.string().max(131_072)).max(4_096),
  /** Absolute. */
  directory: path,
  repository: CommandRepository.nullable(),
});
export type CommandFacts = z.infer<typeof CommandFacts>;

/** What a command has to be for an approval to count. */
export const CommandBinding = z.object({
  files: CommandFacts.shape.files,
  /** A pattern for each argument, see `shared/command/pattern.ts`. */
  args: z.array(z.string().max(131_072)).max(4_096),
  /** The directory itself, or with `/**` at its end everything below it too. */
  directory: path,
  /** Null parts are not looked at. */
  repository: CommandRepository.nullable(),
  /** The `PATH` that the program gets, whatever the caller's is. */
  search_path: z.string().max(16_384),
});
export type CommandBinding = z.infer<typeof CommandBinding>;
