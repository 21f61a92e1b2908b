/** Wire schemas of the approval of devices (section 2.5 of the wire contract, with what an approver has to see added). */

import * as z from "zod";

const userCode = z.string().max(32);

/** Body of `POST /admin/web/device/approve`. */
export const ApproveDeviceRequest = z.object({
  user_code: userCode,
  agent_id: z.string().max(255).nullish().describe("Needed where the device asked for none."),
  namespace: z.string().max(63).nullish(),
  replace_key: z.boolean().nullish().describe(
    "Lets the device's key take the place of the agent's present one.",
  ),
});
export type ApproveDeviceRequest = z.infer<typeof ApproveDeviceRequest>;

/** Body of `POST /admin/web/device/deny`. */
export const DenyDeviceRequest = z.object({ user_code: userCode });
export type DenyDeviceRequest = z.infer<typeof DenyDeviceRequest>;

/** A login of a host as an approver sees it. Names are the device's own words; the fingerprint is proven. */
export const DeviceSummary = z.object({
  id: z.string(),
  user_code: z.string(),
  status: z.enum(["pending", "approved", "denied", "expired", "locked", "revoked"]),
  agent_id: z.string().nullable().describe("Of the approval; before it, what the device asks for."),
  namespace: z.string().nullable(),
  hostname: z.string().nullable(),
  os: z.string().nullable(),
  device_name: z.string().nullable(),
  fingerprint: z.string().nullable().describe("Null for a client that proves no key."),
  source_ip: z.string().nullable(),
  created_at: z.string(),
  expires_at: z.string(),
  approved_at: z.string().nullable(),
  decided_by: z.string().nullable(),
  redeemed_at: z.string().nullable(),
});
export type DeviceSummary = z.infer<typeof DeviceSummary>;

/** Answer of `GET /admin/devices/by-code/:user_code`: the login, and what approving it as it stands would mean. */
export const DeviceDetails = DeviceSummary.extend({
  agent_registered: z.boolean().describe("Whether an agent of that id is registered in that namespace."),
  key_differs: z.boolean().describe("Whether that agent has another key: approving needs `replace_key`."),
});
export type DeviceDetails = z.infer<typeof DeviceDetails>;

/** Answer of `POST /admin/web/device/approve`. */
export const ApproveDeviceResponse = z.object({
  approved: z.literal(true),
  user_code: z.string(),
  agent_id: z.string(),
  namespace: z.string(),
  agent_created: z.boolean().describe("Whether the approval has registered the agent."),
  key_replaced: z.boolean(),
  fingerprint: z.string().nullable(),
});
export type ApproveDeviceResponse = z.infer<typeof ApproveDeviceResponse>;

/** Answer of `POST /admin/web/device/deny`. */
export const DeniedDevice = z.object({ denied: z.literal(true), user_code: z.string() });

/** Answer of `DELETE /admin/devices/:agent_id`: how many logins ended. */
export const DeletedDevices = z.object({ deleted: z.literal(true), rows: z.int() });
