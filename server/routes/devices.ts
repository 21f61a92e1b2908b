/** The device flow: `/device` for the host that logs in, `/admin/devices` and `/admin/web/device` for who lets it in. */

import * as z from "zod";
import {
  DeviceAuthorizeRequest,
  DeviceAuthorizeResponse,
  DeviceTokenRequest,
  DeviceTokenResponse,
} from "../../shared/api/device.ts";
import {
  ApproveDeviceRequest,
  ApproveDeviceResponse,
  DeletedDevices,
  DeniedDevice,
  DenyDeviceRequest,
  DeviceDetails,
  DeviceSummary,
} from "../../shared/api/device_admin.ts";
import { PageQuery } from "../../shared/api/page.ts";
import { VaultError } from "../../shared/errors.ts";
import { adminEndpoint, type EndpointContext, publicEndpoint } from "../http/endpoint.ts";
import type { AnonymousCaller } from "../caller.ts";
import type { Routes } from "../http/mount.ts";
import { addressKey } from "../middleware/client_address.ts";
import type { DeviceApprovalService } from "../services/hosts/device_approval.ts";
import type { DeviceLoginService } from "../services/hosts/device_login.ts";

const NamespaceQuery = z.object({ namespace: z.string().max(63).optional() });

export function deviceRoutes(logins: DeviceLoginService, approvals: DeviceApprovalService): Routes {
  return {
    "POST /device/authorize": publicEndpoint(
      { body: DeviceAuthorizeRequest, answer: DeviceAuthorizeResponse },
      ({ caller, body, incoming }) => logins.authorize(caller, body, incoming.url.origin),
    ),
    "POST /device/token": publicEndpoint(
      { body: DeviceTokenRequest, answer: DeviceTokenResponse },
      (context) => poll(logins, context),
    ),
    "GET /admin/devices": adminEndpoint(
      { query: PageQuery, answer: z.array(DeviceSummary) },
      ({ caller, query }) => approvals.list(caller, query),
    ),
    "GET /admin/devices/by-code/:user_code": adminEndpoint(
      { answer: DeviceDetails },
      ({ caller, param }) => approvals.lookUp(caller, param("user_code")),
    ),
    "POST /admin/web/device/approve": adminEndpoint(
      { body: ApproveDeviceRequest, answer: ApproveDeviceResponse },
      ({ caller, body }) => approvals.approve(caller, body),
    ),
    "POST /admin/web/device/deny": adminEndpoint(
      { body: DenyDeviceRequest, answer: DeniedDevice },
      async ({ caller, body }) => ({
        denied: true,
        user_code: await approvals.deny(caller, body.user_code),
      }),
    ),
    "DELETE /admin/devices/:agent_id": adminEndpoint(
      { query: NamespaceQuery, answer: DeletedDevices },
      async ({ caller, param, query }) => ({
        deleted: true,
        rows: await approvals.revoke(caller, param("agent_id"), query.namespace),
      }),
    ),
  };
}

type PollContext = EndpointContext<AnonymousCaller, DeviceTokenRequest, undefined>;

/** Codes that nobody was given are counted by address: guessing them is slow from the first try. */
async function poll(logins: DeviceLoginService, { caller, body, incoming, spend }: PollContext) {
  try {
    return await logins.poll(caller, body, (deviceId) => spend("device_poll", deviceId));
  } catch (error) {
    if (error instanceof VaultError && error.code === "auth.invalid") {
      spend("device_guess", addressKey(incoming.address));
    }
    throw error;
  }
}
