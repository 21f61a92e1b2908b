/** `/admin/notification-channels`. */

import * as z from "zod";
import { Deleted, UpdatedById } from "../../shared/api/done.ts";
import {
  ChannelSummary,
  ChannelTest,
  CreateChannelRequest,
  CreatedChannel,
  DeliverySummary,
  UpdateChannelRequest,
} from "../../shared/api/channels.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { ChannelService } from "../services/notices/channels.ts";

export function channelRoutes(channels: ChannelService): Routes {
  return {
    "GET /admin/notification-channels": adminEndpoint(
      { answer: z.array(ChannelSummary) },
      ({ caller }) => channels.list(caller),
    ),
    "POST /admin/notification-channels": adminEndpoint(
      { body: CreateChannelRequest, status: 201, answer: CreatedChannel },
      ({ caller, body }) => channels.create(caller, body),
    ),
    "PUT /admin/notification-channels/:id": adminEndpoint(
      { body: UpdateChannelRequest, answer: UpdatedById },
      async ({ caller, body, param }) => {
        const id = param("id");
        await channels.update(caller, id, body);
        return { updated: true, id };
      },
    ),
    "DELETE /admin/notification-channels/:id": adminEndpoint(
      { answer: Deleted },
      async ({ caller, param }) => {
        await channels.delete(caller, param("id"));
        return { deleted: true };
      },
    ),
    "POST /admin/notification-channels/:id/test": adminEndpoint(
      { answer: ChannelTest },
      async ({ caller, param }) => ({
        queued: true,
        ...await channels.test(caller, param("id")),
      }),
    ),
    "GET /admin/notification-channels/:id/deliveries": adminEndpoint(
      { answer: z.array(DeliverySummary) },
      ({ caller, param }) => channels.deliveries(caller, param("id")),
    ),
  };
}
