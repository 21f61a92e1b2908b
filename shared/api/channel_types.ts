/** The types of notification channels and the fields of each, without the library that checks them: help needs no more. */

/** A field in brackets may be left out. */
export const CHANNEL_FIELDS = {
  slack: ["webhook_url"],
  discord: ["webhook_url"],
  telegram: ["bot_token", "chat_id", "[base_url]"],
  webhook: ["url", "secret"],
  email: ["to", "[account]", "[from]"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
