/** A text in the form that a chat program shows as it is: no mark-up, no mention, whole within its limits. */

import type { ChannelType } from "../../shared/api/channels.ts";

/** Discord takes 2,000 characters of content, Telegram 4,096; a link has to fit in after the text. */
const LONGEST_DISCORD = 1_700;
const LONGEST_TELEGRAM = 3_500;

const SLACK_ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** E-mail is plain text, and webhooks get no text at all. Telegram's is plain, because no `parse_mode` is sent. */
export function escapeFor(type: ChannelType, text: string): string {
  switch (type) {
    case "slack":
      return text.replace(/[&<>]/g, (mark) => SLACK_ENTITIES[mark] ?? "");
    case "discord":
      return text.replace(/[\\*_~`|<>\[\]()#]/g, "\\$&").slice(0, LONGEST_DISCORD).toWellFormed();
    case "telegram":
      return text.slice(0, LONGEST_TELEGRAM).toWellFormed();
    case "email":
    case "webhook":
      return text;
  }
}
