/**
 * Binds the rows of the access table to their handlers, one Hono handler per path. A row without a handler, a handler
 * without a row and a handler for another kind of caller are bugs that keep the server from starting.
 */

import { type Context, Hono } from "hono";
import { accessRow, ROUTE_KEYS, type RouteKey } from "../access_table.ts";
import type { ClientAddress, SocketInfo } from "../middleware/client_address.ts";
import type { Cors } from "../middleware/cors.ts";
import { VaultError } from "../../shared/errors.ts";
import type { Adapter } from "./adapter.ts";
import { bugAnswer, errorAnswer, optionsAnswer } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";
import { Incoming } from "./incoming.ts";

export type Routes = Readonly<Partial<Record<RouteKey, Endpoint>>>;

export interface MountOptions {
  readonly adapter: Adapter;
  readonly addresses: ClientAddress;
  readonly cors: Cors;
}

type Handle = (incoming: Incoming) => Promise<Response>;
type MethodTable = ReadonlyMap<string, Handle>;

/** `Deno.serve` passes what it knows of the socket as the second argument of `fetch`. */
export interface HonoEnv {
  readonly Bindings: SocketInfo;
}

/** @throws Error where table and handlers do not match */
export function mountRoutes(routes: Routes, options: MountOptions): Hono<HonoEnv> {
  checkNoStrangers(routes);
  const app = new Hono<HonoEnv>();
  const incomingOf = (context: Context<HonoEnv>) =>
    new Incoming(context, options.addresses.of(context.env, context.req.raw.headers));
  for (const [path, methods] of methodTables(routes, options.adapter)) {
    const allow = allowed(methods);
    app.all(path, async (context) => {
      const incoming = incomingOf(context);
      const response = await dispatch(methods, allow, incoming);
      options.cors.apply(incoming.raw, response.headers);
      return response;
    });
  }
  app.notFound((context) => errorAnswer(routeNotFound(), incomingOf(context)));
  app.onError((_error, context) => bugAnswer(incomingOf(context)));
  return app;
}

async function dispatch(methods: MethodTable, allow: string, incoming: Incoming): Promise<Response> {
  const method = incoming.method === "HEAD" ? "GET" : incoming.method;
  const handle = methods.get(method);
  if (handle !== undefined) return await handle(incoming);
  if (method === "OPTIONS") return optionsAnswer(allow, incoming);
  const error = new VaultError("request.method_not_allowed", `This address takes ${allow} only`);
  return errorAnswer(error, incoming, { Allow: allow });
}

/** One path, all its methods: paths in the order of the table, so that fixed segments win over parameters. */
function methodTables(routes: Routes, adapter: Adapter): Map<string, Map<string, Handle>> {
  const tables = new Map<string, Map<string, Handle>>();
  for (const key of ROUTE_KEYS) {
    const [method = "", path = ""] = key.split(" ");
    const table = tables.get(path) ?? new Map<string, Handle>();
    tables.set(path, table.set(method, adapter.route(key, endpointOf(routes, key))));
  }
  return tables;
}

function endpointOf(routes: Routes, key: RouteKey): Endpoint {
  const endpoint = routes[key];
  if (endpoint === undefined) throw new Error(`the access table has a row without a handler: ${key}`);
  if (endpoint.kind !== accessRow(key).caller) {
    throw new Error(`the handler of ${key} is for callers of kind ${endpoint.kind}, its row is not`);
  }
  return endpoint;
}

function checkNoStrangers(routes: Routes): void {
  const listed: ReadonlySet<string> = new Set(ROUTE_KEYS);
  const strangers = Object.keys(routes).filter((key) => !listed.has(key));
  if (strangers.length > 0) {
    throw new Error(`handlers without a row in the access table: ${strangers.join(", ")}`);
  }
}

function allowed(methods: MethodTable): string {
  const names = [...methods.keys()];
  return (methods.has("GET") ? [...names, "HEAD", "OPTIONS"] : [...names, "OPTIONS"]).join(", ");
}

function routeNotFound(): VaultError {
  return new VaultError(
    "request.route_not_found",
    "There is nothing at this address; check path and spelling",
  );
}
