/**
 * Logins of hosts, and the decision about them. What a host says of itself is shown before it is decided about; only the
 * fingerprint of its key is proven, so a person compares that with what the host shows.
 */

import {
  ApproveDeviceResponse,
  DeletedDevices,
  DeniedDevice,
  DeviceDetails,
  DeviceSummary,
} from "../../shared/api/device_admin.ts";
import { printableLine } from "../../shared/client/answer_error.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type Confirmable, isConfirmed, notDone } from "./confirmation.ts";
import { type AdminConnection, type AdminOptions, connectAsAdmin } from "./connection.ts";
import { listPages } from "./list_pages.ts";

export interface DecideDeviceOptions extends AdminOptions, Confirmable {}

export interface ApproveDeviceOptions extends DecideDeviceOptions {
  readonly agentId?: string | undefined;
  readonly namespace?: string | undefined;
  /** The fingerprint that the host shows: another one is refused. */
  readonly fingerprint?: string | undefined;
  readonly replaceKey?: true | undefined;
}

const TEXT_LIMIT = 256;

/** `list`: those that wait, or all. @throws VaultError */
export async function listDevices(
  options: AdminOptions & { readonly all?: true | undefined },
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const all = await listPages(connection, "/admin/devices", { item: DeviceSummary });
  const devices = all.filter(({ status }) => options.all === true || status === "pending");
  if (options.json) context.terminal.json(devices);
  else if (devices.length === 0) context.terminal.note("No host waits for its login");
  else for (const line of devices.flatMap(cardLines)) context.terminal.data(line);
  return EXIT.ok;
}

/** `approve`. @throws VaultError `device.not_found`, `request.invalid` */
export async function approveDevice(
  code: string,
  options: ApproveDeviceOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const device = await shownDevice(connection, code, context);
  refuseOtherKey(device, options.fingerprint);
  if (!isConfirmed("Does the host show this fingerprint? Approve?", options, context)) {
    return notDone(context);
  }
  const body = {
    user_code: device.user_code,
    agent_id: options.agentId ?? device.agent_id,
    namespace: options.namespace ?? device.namespace,
    replace_key: options.replaceKey === true,
  };
  const parse = (value: unknown) => ApproveDeviceResponse.safeParse(value).data;
  const approved = await connection.requestJson("POST", "/admin/web/device/approve", parse, { body });
  if (options.json) context.terminal.json(approved);
  else context.terminal.note(`Approved: ${approved.agent_id} in ${approved.namespace}; its login goes on`);
  return EXIT.ok;
}

/** `deny`. @throws VaultError `device.not_found` */
export async function denyDevice(
  code: string,
  options: DecideDeviceOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const { user_code } = await shownDevice(connection, code, context);
  if (!isConfirmed("Deny this?", options, context)) return notDone(context);
  const parse = (value: unknown) => DeniedDevice.safeParse(value).data;
  const denied = await connection.requestJson("POST", "/admin/web/device/deny", parse, {
    body: { user_code },
  });
  if (options.json) context.terminal.json(denied);
  else context.terminal.note("Denied");
  return EXIT.ok;
}

/** `remove`: the logins of an agent's hosts end. @throws VaultError */
export async function removeDevices(
  agentId: string,
  options: AdminOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => DeletedDevices.safeParse(value).data;
  const removed = await connection.requestJson("DELETE", serverPath("admin", "devices", agentId), parse);
  if (options.json) context.terminal.json(removed);
  else context.terminal.note(`Logins that ended: ${removed.rows}`);
  return EXIT.ok;
}

/** What is decided about is on the screen before the decision, also with `--yes` and `--json`. */
async function shownDevice(
  connection: AdminConnection,
  code: string,
  { terminal }: CliContext,
): Promise<DeviceDetails> {
  const path = serverPath("admin", "devices", "by-code", code);
  const device = await connection.requestJson("GET", path, (value) => DeviceDetails.safeParse(value).data);
  for (const line of cardLines(device)) terminal.note(line);
  if (device.key_differs) {
    terminal.note("  warning     this agent has another key; --replace-key replaces it");
  }
  return device;
}

/** @throws VaultError `request.invalid` */
function refuseOtherKey({ fingerprint }: DeviceDetails, expected: string | undefined): void {
  if (expected === undefined || expected === fingerprint) return;
  throw new VaultError(
    "request.invalid",
    "The device has another key than --fingerprint says, and nothing was decided; deny it unless you know why",
  );
}

function cardLines(device: DeviceSummary): string[] {
  const { user_code, status, fingerprint, agent_id, namespace, source_ip } = device;
  return [
    `${user_code}  ${status}  asked ${device.created_at} UTC, until ${device.expires_at} UTC`,
    `  agent       ${said(agent_id)} in ${namespace ?? "default"}`,
    `  key         ${fingerprint ?? "none was proven"}`,
    `  says it is  ${said(device.device_name)}, ${said(device.hostname)}, ${said(device.os)}`,
    `  from        ${said(source_ip)}`,
  ];
}

/** The host's own words: one line, no control characters. */
function said(text: string | null): string {
  return text === null ? "not said" : printableLine(text, TEXT_LIMIT);
}
