/** `/admin/notification-channels`. */

import { CreateChannelRequest, UpdateChannelRequest } from "../../shared/api/channels.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { ChannelService } from "../services/channels.ts";

export function channelRoutes(channels: ChannelService): Routes {
  return {
    "GET /admin/notification-channels": adminEndpoint({}, ({ caller }) => channels.list(caller)),
    "POST /admin/notification-channels": adminEndpoint(
      { body: CreateChannelRequest, status: 201 },
      ({ caller, body }) => channels.create(caller, body),
    ),
    "PUT /admin/notification-channels/:id": adminEndpoint(
      { body: UpdateChannelRequest },
      async ({ caller, body, param }) => {
        const id = param("id");
        await channels.update(caller, id, body);
        return { updated: true, id };
      },
    ),
    "DELETE /admin/notification-channels/:id": adminEndpoint({}, async ({ caller, param }) => {
      await channels.delete(caller, param("id"));
      return { deleted: true };
    }),
    "POST /admin/notification-channels/:id/test": adminEndpoint({}, async ({ caller, param }) => ({
      queued: true,
      ...await channels.test(caller, param("id")),
    })),
    "GET /admin/notification-channels/:id/deliveries": adminEndpoint(
      {},
      ({ caller, param }) => channels.deliveries(caller, param("id")),
    ),
  };
}
