/** The command that was typed, as the daemon is told of it before it runs. */

import { VaultError } from "../../shared/errors.ts";
import type { MeantCommand } from "../../shared/socket/messages.ts";

/** @throws VaultError `child.directory_gone` */
export function meantCommand(program: string, args: readonly string[]): MeantCommand {
  return { program, args, cwd: currentDirectory(), path: Deno.env.get("PATH") ?? null };
}

/** @throws VaultError `child.directory_gone` */
export function currentDirectory(): string {
  try {
    return Deno.cwd();
  } catch (cause) {
    throw new VaultError("child.directory_gone", "The current directory is not there any more", { cause });
  }
}
