/** `cortex mcp`: tools for agents on standard input and output (Model Context Protocol, by its official SDK). */

import process from "node:process";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { VERSION } from "../../shared/version.ts";
import { failure } from "./answers.ts";
import { callTool, listedTools } from "./catalogue.ts";
import { Progress, type ProgressContext } from "./progress.ts";
import type { ToolWorld } from "./tools.ts";
import { Turns } from "./turns.ts";

const INSTRUCTIONS =
  "Programs get secret values through run_command; you never see a value, and you do not need one. " +
  "Do not print the environment of such a program and do not encode values. If a tool answers that a person " +
  "has to approve, tell the user the request id and stop until they say it is approved.";

/** As the SDK gives it, checked against the protocol. */
interface Call {
  readonly params: { readonly name: string; readonly arguments?: unknown };
}

/** What the SDK says of a call beside its arguments. */
type Extra = ProgressContext & { readonly signal: AbortSignal };

/** Programs at once: an agent that starts more waits. */
export const MAX_RUNS = 4;

/** Serves until standard input ends; programs that run then are ended. */
export async function serveTools(world: ToolWorld): Promise<void> {
  const server = toolServer(world);
  const closed = Promise.withResolvers<void>();
  server.onclose = closed.resolve;
  // The transport itself does not look at the end of its input.
  process.stdin.once("end", () => void server.close());
  await server.connect(new StdioServerTransport());
  await closed.promise;
}

/** The server with its tools, not yet connected. What goes wrong in a call is its answer, in our words. */
export function toolServer(world: ToolWorld): Server {
  const info = { name: "cortex", version: VERSION };
  const server = new Server(info, { capabilities: { tools: {} }, instructions: INSTRUCTIONS });
  const deps = { world, turns: new Turns(MAX_RUNS) };
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listedTools() }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }: Call, extra: Extra) => {
    using _progress = new Progress(extra);
    try {
      return await callTool(params.name, params.arguments, deps, { cancelled: extra.signal });
    } catch (error) {
      return failure(error);
    }
  });
  return server;
}
