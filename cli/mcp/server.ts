/** `cortex mcp`: tools for agents on standard input and output (Model Context Protocol, by its official SDK). */

import process from "node:process";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { VERSION } from "../../shared/version.ts";
import { failure, type ToolAnswer } from "./answers.ts";
import { Progress, type ProgressContext } from "./progress.ts";
import {
  type Arguments,
  EXPLAIN,
  explain,
  LIST_NAMES,
  listNames,
  RENDER_TEMPLATE,
  renderTemplate,
  REQUEST_ACCESS,
  requestAccess,
  RUN_COMMAND,
  runCommand,
  type ToolWorld,
} from "./tools.ts";
import { Turns } from "./turns.ts";

const INSTRUCTIONS =
  "Programs get secret values through run_command; you never see a value, and you do not need one. " +
  "Do not print the environment of such a program and do not encode values. If a tool answers that a person " +
  "has to approve, tell the user the request id and stop until they say it is approved.";

/** What the SDK says of a call beside its arguments. */
type Extra = ProgressContext & { readonly signal: AbortSignal };

/** Programs at once: an agent that starts more waits. */
export const MAX_RUNS = 4;

/** Serves until standard input ends; programs that run then are ended. */
export async function serveTools(world: ToolWorld): Promise<void> {
  const server = toolServer(world);
  const closed = Promise.withResolvers<void>();
  server.server.onclose = closed.resolve;
  // The transport itself does not look at the end of its input.
  process.stdin.once("end", () => void server.close());
  await server.connect(new StdioServerTransport());
  await closed.promise;
}

/** The server with its tools, not yet connected. */
export function toolServer(world: ToolWorld): McpServer {
  const server = new McpServer({ name: "cortex", version: VERSION }, { instructions: INSTRUCTIONS });
  const turns = new Turns(MAX_RUNS);
  const safely = async (work: () => Promise<ToolAnswer>) => {
    try {
      return await work();
    } catch (error) {
      return failure(error);
    }
  };
  server.registerTool("list_names", {
    title: "List names",
    description:
      "Lists the names of secrets that a project can have, and whether this agent gets them. Never values.",
    inputSchema: LIST_NAMES,
    annotations: { readOnlyHint: true, openWorldHint: false },
  }, (call: Arguments<typeof LIST_NAMES>) => safely(() => listNames(world, call)));
  server.registerTool("explain", {
    title: "Explain access",
    description:
      "Says what this agent can do now in a directory, why something was refused, and whether a command would pass.",
    inputSchema: EXPLAIN,
    annotations: { readOnlyHint: true, openWorldHint: false },
  }, (call: Arguments<typeof EXPLAIN>) => safely(() => explain(world, call)));
  server.registerTool(
    "request_access",
    {
      title: "Ask a person for access",
      description:
        "Asks an admin for the project's keys, or with 'program' for exactly one command. Returns at once; nothing is approved by it.",
      inputSchema: REQUEST_ACCESS,
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true },
    },
    (call: Arguments<typeof REQUEST_ACCESS>, { signal }: Extra) =>
      safely(() => requestAccess(world, call, { cancelled: signal })),
  );
  server.registerTool("render_template", {
    title: "Render a template into a file",
    description:
      "Fills a template that is stored in the vault and writes it to a new file that only this user can read. Returns the size, never the content.",
    inputSchema: RENDER_TEMPLATE,
    annotations: { readOnlyHint: false, destructiveHint: false },
  }, (call: Arguments<typeof RENDER_TEMPLATE>) => safely(() => renderTemplate(world, call)));
  server.registerTool("run_command", {
    title: "Run a program with its keys",
    description:
      "Runs a program with the secrets it needs as environment variables and returns its exit code and output. Values in the output are replaced by [redacted:NAME]. The program has no input and no terminal.",
    inputSchema: RUN_COMMAND,
    annotations: { readOnlyHint: false, openWorldHint: true },
  }, (call: Arguments<typeof RUN_COMMAND>, context: Extra) =>
    safely(async () => {
      using _progress = new Progress(context);
      return await turns.take(() => runCommand(world, call, { cancelled: context.signal }));
    }));
  return server;
}
