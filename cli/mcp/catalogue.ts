/** The tools as an agent sees them, each with what it takes and does. */

import * as z from "zod";
import { VaultError } from "../../shared/errors.ts";
import type { ToolAnswer } from "./answers.ts";
import { readArguments } from "./arguments.ts";
import { EXPLAIN, LIST_NAMES, RENDER_TEMPLATE, REQUEST_ACCESS, RUN_COMMAND } from "./shapes.ts";
import {
  type CallContext,
  explain,
  listNames,
  renderTemplate,
  requestAccess,
  runCommand,
  type ToolWorld,
} from "./tools.ts";
import type { Turns } from "./turns.ts";

/** What a tool works with beside its arguments. */
export interface ToolDeps {
  readonly world: ToolWorld;
  readonly turns: Turns;
}

type Work = (deps: ToolDeps, given: unknown, context: CallContext) => Promise<ToolAnswer>;

/** As `tools/list` shows it. */
export interface ListedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: { readonly type: "object"; readonly [key: string]: unknown };
  readonly annotations: Readonly<Record<string, boolean>>;
}

interface Tool extends Omit<ListedTool, "inputSchema" | "name"> {
  readonly shape: z.ZodObject;
  readonly work: Work;
}

function tool<Shape extends z.ZodObject>(
  shape: Shape,
  about: Omit<Tool, "shape" | "work">,
  work: (deps: ToolDeps, call: z.infer<Shape>, context: CallContext) => Promise<ToolAnswer>,
): Tool {
  return {
    ...about,
    shape,
    work: (deps, given, context) => work(deps, readArguments(shape, given), context),
  };
}

const TOOLS: Readonly<Record<string, Tool>> = {
  list_names: tool(LIST_NAMES, {
    title: "List names",
    description:
      "Lists the names of secrets that a project can have, and whether this agent gets them. Never values.",
    annotations: { readOnlyHint: true, openWorldHint: false },
  }, ({ world }, call) => listNames(world, call)),
  explain: tool(EXPLAIN, {
    title: "Explain access",
    description:
      "Says what this agent can do now in a directory, why something was refused, and whether a command would pass.",
    annotations: { readOnlyHint: true, openWorldHint: false },
  }, ({ world }, call) => explain(world, call)),
  request_access: tool(REQUEST_ACCESS, {
    title: "Ask a person for access",
    description:
      "Asks an admin for the project's keys, or with 'program' for exactly one command. Returns at once; nothing is approved by it.",
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
  }, ({ world }, call) => requestAccess(world, call)),
  render_template: tool(RENDER_TEMPLATE, {
    title: "Render a template into a file",
    description:
      "Fills a template that is stored in the vault and writes it to a new file that only this user can read. Returns the size, never the content.",
    annotations: { readOnlyHint: false, destructiveHint: false },
  }, ({ world }, call) => renderTemplate(world, call)),
  run_command: tool(RUN_COMMAND, {
    title: "Run a program with its keys",
    description:
      "Runs a program with the secrets it needs as environment variables and returns its exit code and output. Values in the output are replaced by [redacted:NAME]. The program has no input and no terminal.",
    annotations: { readOnlyHint: false, openWorldHint: true },
  }, ({ world, turns }, call, context) => turns.take(() => runCommand(world, call, context))),
};

/** All tools, with their arguments as JSON Schema (draft 2020-12). */
export function listedTools(): ListedTool[] {
  return Object.entries(TOOLS).map(([name, { shape, title, description, annotations }]) => {
    const inputSchema = { ...z.toJSONSchema(shape, { io: "input" }), type: "object" as const };
    return { name, title, description, inputSchema, annotations };
  });
}

/** Calls a tool by name. @throws VaultError `request.invalid` for a tool or arguments that there are not */
export async function callTool(
  name: string,
  given: unknown,
  deps: ToolDeps,
  context: CallContext,
): Promise<ToolAnswer> {
  if (Object.hasOwn(TOOLS, name)) return await TOOLS[name]?.work(deps, given, context) ?? noTool();
  return noTool();
}

function noTool(): never {
  const known = Object.keys(TOOLS).join(", ");
  throw new VaultError("request.invalid", `There is no tool of this name; there are ${known}`);
}
