/** Wire schemas of notification channels. A configuration goes in and never comes out again. */

import * as z from "zod";
import { description, oneLine } from "./text.ts";

/** An address without credentials of its own; its path may be one, as it is with Slack and Discord. */
const address = z.url({ protocol: /^https?$/ }).max(2_000).refine(
  (text) => URL.canParse(text) && new URL(text).username === "" && new URL(text).password === "",
  "must hold no user name or password",
);

/** An address as mail headers and programs take it without quoting: RFC 5321's dot-string, ASCII. */
const mailbox = z.string().max(254).regex(/^[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/);

/** What each type of channel has to know. */
export const CHANNEL_CONFIGS = {
  slack: z.strictObject({ webhook_url: address }),
  discord: z.strictObject({ webhook_url: address }),
  telegram: z.strictObject({
    bot_token: z.string().regex(/^\d{1,20}:[\w-]{20,100}$/),
    chat_id: z.union([z.string(), z.int()]).transform(String).pipe(
      z.string().regex(/^(-?\d{1,20}|@\w{1,64})$/),
    ),
    base_url: address.optional().describe("Of the Bot API; Telegram's own, unless told."),
  }),
  webhook: z.strictObject({ url: address, secret: z.string().min(16).max(200) }),
  email: z.strictObject({
    to: mailbox,
    account: z.string().regex(/^\w[\w.-]{0,63}$/).optional().describe(
      "The account of himalaya; its default one, unless told.",
    ),
    from: mailbox.optional().describe("Sender; the recipient, unless told."),
  }),
} as const;
export type ChannelType = keyof typeof CHANNEL_CONFIGS;

const severities = z.array(z.enum(["info", "warning", "alarm"])).min(1).max(3);
const namespaces = z.array(z.string().min(1).max(200)).min(1).max(100).nullable();

/** @throws Error for a type that this release does not know */
export function channelTypeOf(text: string): ChannelType {
  if (isChannelType(text)) return text;
  throw new Error("a channel is of a type that this release does not know");
}

export function isChannelType(text: string): text is ChannelType {
  return Object.hasOwn(CHANNEL_CONFIGS, text);
}

/** Body of `POST /admin/notification-channels`; the shape of `config` is checked by the type. */
export const CreateChannelRequest = z.object({
  channel_type: z.enum(["slack", "discord", "telegram", "webhook", "email"]),
  name: oneLine(200),
  config: z.unknown(),
  enabled: z.boolean().default(true),
  description: description.nullish(),
  severities: severities.default(["info", "warning", "alarm"]),
  namespaces: namespaces.default(null).describe(
    "Null for every namespace and for what concerns the whole server.",
  ),
});
export type CreateChannelRequest = z.infer<typeof CreateChannelRequest>;

/** Body of `PUT /admin/notification-channels/:id`. */
export const UpdateChannelRequest = z.object({
  config: z.unknown().optional(),
  enabled: z.boolean().optional(),
  description: description.nullish(),
  severities: severities.optional(),
  namespaces: namespaces.optional(),
});
export type UpdateChannelRequest = z.infer<typeof UpdateChannelRequest>;

/** One channel of `GET /admin/notification-channels`. */
export const ChannelSummary = z.object({
  id: z.string(),
  channel_type: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  description: z.string().nullable(),
  severities: z.array(z.string()).readonly(),
  namespaces: z.array(z.string()).readonly().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type ChannelSummary = z.infer<typeof ChannelSummary>;

/** One row of `GET /admin/notification-channels/:id/deliveries`, newest first. */
export const DeliverySummary = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.string(),
  attempts: z.number(),
  result: z.string().nullable(),
  raised_at: z.string(),
  next_attempt_at: z.string().nullable(),
});
export type DeliverySummary = z.infer<typeof DeliverySummary>;

/** Answer of `POST /admin/notification-channels/:id/test`. */
export const ChannelTest = z.object({
  queued: z.literal(true),
  name: z.string(),
  delivered: z.boolean(),
  result: z.string(),
});

/** Answer of `POST /admin/notification-channels`. */
export const CreatedChannel = z.object({ id: z.string(), name: z.string(), channel_type: z.string() });
