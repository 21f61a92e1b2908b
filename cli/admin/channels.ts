/** Notification channels as an operator keeps them. A configuration goes to the server and comes back from nowhere. */

import * as z from "zod";
import {
  CHANNEL_CONFIGS,
  ChannelSummary,
  ChannelTest,
  DeliverySummary,
  isChannelType,
} from "../../shared/api/channels.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminConnection, type AdminOptions, connectAsAdmin } from "./connection.ts";
import { readSecretLine } from "./secret_input.ts";

export interface AddChannelOptions extends AdminOptions {
  readonly type: string;
  readonly configFile?: string | undefined;
  readonly description?: string | undefined;
  readonly severity?: readonly string[] | undefined;
  readonly namespace?: readonly string[] | undefined;
}

const CHANNELS = "/admin/notification-channels";
const MISSING =
  "There is no configuration; give --config-file with a JSON object, or run this on a terminal to be asked";
const CreatedChannel = z.object({ id: z.string(), name: z.string(), channel_type: z.string() });
const DeletedChannel = z.object({ deleted: z.literal(true) });

/** `list`: by name. @throws VaultError */
export async function listChannels(options: AdminOptions, context: CliContext): Promise<number> {
  const channels = await readChannels(await connectAsAdmin(options, context));
  if (options.json) context.terminal.json(channels);
  else if (channels.length === 0) {
    context.terminal.note("Nobody is told of alarms; cortex admin channels add makes a channel");
  } else for (const channel of channels) context.terminal.data(describe(channel));
  return EXIT.ok;
}

/** `add`. @throws VaultError `request.invalid`, `channel.exists` */
export async function addChannel(
  name: string,
  options: AddChannelOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const config = await readChannelConfig(options, context);
  const { type: channel_type, description, severity: severities, namespace: namespaces } = options;
  const body = { channel_type, name, config, description, severities, namespaces };
  const parse = (value: unknown) => CreatedChannel.safeParse(value).data;
  const created = await connection.requestJson("POST", CHANNELS, parse, { body });
  if (options.json) context.terminal.json(created);
  else {
    context.terminal.data(created.id);
    context.terminal.note("Try it: cortex admin channels test, with its name or this id");
  }
  return EXIT.ok;
}

/** `test`: the exit code says whether it arrived. @throws VaultError `channel.not_found` */
export async function testChannel(
  channel: string,
  options: AdminOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const path = serverPath("admin", "notification-channels", await channelId(connection, channel), "test");
  const outcome = await connection.requestJson("POST", path, (value) => ChannelTest.safeParse(value).data);
  const { delivered, result } = outcome;
  if (options.json) context.terminal.json(outcome);
  else context.terminal.note(delivered ? `The message arrived: ${result}` : `Nothing arrived: ${result}`);
  return delivered ? EXIT.ok : EXIT.failure;
}

/** `remove`. @throws VaultError `channel.not_found` */
export async function removeChannel(
  channel: string,
  options: AdminOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const path = serverPath("admin", "notification-channels", await channelId(connection, channel));
  const deleted = await connection.requestJson(
    "DELETE",
    path,
    (value) => DeletedChannel.safeParse(value).data,
  );
  if (options.json) context.terminal.json(deleted);
  else context.terminal.note(`${channel} is told nothing any more`);
  return EXIT.ok;
}

/** `deliveries`: newest first. @throws VaultError `channel.not_found` */
export async function listDeliveries(
  channel: string,
  options: AdminOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const id = await channelId(connection, channel);
  const path = serverPath("admin", "notification-channels", id, "deliveries");
  const parse = (value: unknown) => DeliverySummary.array().safeParse(value).data;
  const deliveries = await connection.requestJson("GET", path, parse);
  if (options.json) context.terminal.json(deliveries);
  else if (deliveries.length === 0) context.terminal.note("It has not been told anything yet");
  else for (const delivery of deliveries) context.terminal.data(describeDelivery(delivery));
  return EXIT.ok;
}

function readChannels(connection: AdminConnection): Promise<ChannelSummary[]> {
  return connection.requestJson("GET", CHANNELS, (value) => ChannelSummary.array().safeParse(value).data);
}

/** Ids first: a channel could be named like another's id. */
async function channelId(connection: AdminConnection, channel: string): Promise<string> {
  const channels = await readChannels(connection);
  const found = channels.find(({ id }) => id === channel) ?? channels.find(({ name }) => name === channel);
  if (found !== undefined) return found.id;
  throw new VaultError(
    "channel.not_found",
    "There is no channel of this name or id; list the channels for theirs",
  );
}

/** From the file; without one every field that must be there is asked for. The server checks it. */
async function readChannelConfig(
  { type, configFile }: AddChannelOptions,
  context: CliContext,
): Promise<unknown> {
  if (configFile !== undefined) {
    return jsonOf(await readSecretLine({ prompt: "", file: configFile, missing: MISSING }, context));
  }
  if (!isChannelType(type)) throw new VaultError("request.invalid", "There is no such type of channel");
  const config: Record<string, string> = {};
  for (const [field, schema] of Object.entries(CHANNEL_CONFIGS[type].shape)) {
    if (schema.isOptional()) continue;
    config[field] = await readSecretLine({ prompt: `${field}: `, missing: MISSING }, context);
  }
  return config;
}

/** The engine's own message would quote the text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new VaultError("request.invalid", "The configuration is not JSON; look at the file");
  }
}

function describe({ id, name, channel_type, enabled, severities, namespaces }: ChannelSummary): string {
  const scope = namespaces === null ? "everything" : `namespaces ${namespaces.join(", ")}`;
  const state = enabled ? "" : "  disabled";
  return `${id}  ${name}  ${channel_type}  ${severities.join(", ")}  ${scope}${state}`;
}

function describeDelivery(delivery: DeliverySummary): string {
  const { raised_at, kind, state, attempts, result, next_attempt_at } = delivery;
  const tries = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  const came = result === null ? "" : `  ${result}`;
  const next = next_attempt_at === null || attempts === 0 ? "" : `  next ${next_attempt_at} UTC`;
  return `${raised_at} UTC  ${kind}  ${state}  ${tries}${came}${next}`;
}
