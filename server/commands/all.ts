/** Every command of `cortex-server` but the one that has no name: to serve. */

import type { ServerCommand } from "./command.ts";

const COMMANDS: Readonly<Record<string, ServerCommand>> = {
  "import-cortex-auth": {
    usage: "OLD --database VAULT",
    summary: "Bring a vault of cortex-auth over",
    run: async (args, io) => (await import("./import_cortex_auth.ts")).runImport(args, io),
  },
  restore: {
    usage: "FILE --database NEW",
    summary: "Make a vault out of a backup",
    run: async (args, io) => (await import("./restore.ts")).runRestore(args, io),
  },
  "verify-audit": {
    usage: "FILE",
    summary: "Recompute the audit log of a database",
    run: async (args, io) => (await import("./verify_audit.ts")).runVerifyAudit(args, io),
  },
};

/** The command of that name, or undefined where the first word is none. */
export function findCommand(name: string | undefined): ServerCommand | undefined {
  return name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}

/** Names with their commands, for the help. */
export function allCommands(): readonly (readonly [string, ServerCommand])[] {
  return Object.entries(COMMANDS);
}
