/**
 * One attempt to tell one channel. It ends within ten seconds, follows no redirect and keeps nothing that the receiver wrote: what
 * comes back is a status or the kind of failure, never an address, because addresses of Slack and Telegram hold keys (B24).
 */

import { SECOND } from "../../shared/clock.ts";
import { hmacSha256 } from "../../shared/crypto/hash.ts";
import { toHex, utf8 } from "../../shared/encoding.ts";
import { CHANNEL_CONFIGS, type ChannelType } from "../../shared/api/channels.ts";
import { isPublicHost, type Resolve } from "./addresses.ts";
import { emailMessage } from "./email.ts";
import { escapeFor } from "./escape.ts";

export const TIMEOUT = 10 * SECOND;
const DISCORD_SUPPRESS_EMBEDS = 4;
/** What no second try changes: the receiver refuses the message itself, or is gone for good (RFC 9110 section 15.5). */
const FINAL: readonly number[] = [400, 405, 410, 413, 414, 415, 422];

export interface Message {
  /** For people; escaped for the platform here. */
  readonly text: string;
  /** To the page that acts on it. */
  readonly link?: string | undefined;
  /** For programs: sent to webhooks. */
  readonly event: Readonly<Record<string, unknown>>;
}

/** Hands an RFC 5322 message to a program that delivers it, under one of the program's accounts. */
export type MailProgram = (
  message: string,
  account: string | undefined,
  signal?: AbortSignal,
) => Promise<Outcome>;

export interface SendOptions {
  /** Milliseconds since 1970, goes under the webhook's signature. */
  readonly now: number;
  readonly allowPrivate: boolean;
  readonly resolve: Resolve;
  /** Undefined where the server has none. */
  readonly mail?: MailProgram | undefined;
  readonly timeoutMs?: number;
  /** Breaks the attempt off. */
  readonly signal?: AbortSignal | undefined;
}

export interface Outcome {
  readonly delivered: boolean;
  /** Safe to store and to show. */
  readonly result: string;
  /** The receiver refuses what it was sent, and would again. */
  readonly final?: true;
}

interface Post {
  readonly url: URL;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Never rejects. */
export async function send(
  type: ChannelType,
  config: unknown,
  message: Message,
  options: SendOptions,
): Promise<Outcome> {
  try {
    if (type === "email") return await sendMail(config, message, options);
    const post = postOf(type, config, message, options.now);
    if (!options.allowPrivate && !(await isPublicHost(post.url, options.resolve))) {
      return { delivered: false, result: "the address is private or unknown" };
    }
    // The name is resolved once more to connect. By HTTPS a private host that it then leads to has no certificate for it.
    if (!options.allowPrivate && post.url.protocol !== "https:") {
      return { delivered: false, result: "plain HTTP is refused; use https" };
    }
    const limits = [AbortSignal.timeout(options.timeoutMs ?? TIMEOUT), options.signal ?? []].flat();
    return await attempt(post, AbortSignal.any(limits));
  } catch (error) {
    return { delivered: false, result: failureOf(error) };
  }
}

function sendMail(config: unknown, message: Message, { mail, now, signal }: SendOptions): Promise<Outcome> {
  const { to, from = to, account } = CHANNEL_CONFIGS.email.parse(config);
  const text = textFor("email", message);
  if (mail !== undefined) return mail(emailMessage({ from, to, text, now }), account, signal);
  const result = "himalaya was not on the PATH of the server when it started";
  return Promise.resolve({ delivered: false, result });
}

async function attempt({ url, body, headers }: Post, signal: AbortSignal): Promise<Outcome> {
  const answer = await fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { "Content-Type": "application/json", ...headers },
    body,
    signal,
  });
  await answer.body?.cancel();
  const outcome = { delivered: answer.ok, result: `HTTP ${answer.status}` };
  return FINAL.includes(answer.status) ? { ...outcome, final: true } : outcome;
}

function failureOf(error: unknown): string {
  return error instanceof DOMException && error.name === "TimeoutError"
    ? "no answer in time"
    : "no connection";
}

/** @throws ZodError for a configuration that is not of the type: it was checked when it was saved */
function postOf(
  type: Exclude<ChannelType, "email">,
  config: unknown,
  message: Message,
  now: number,
): Post {
  const text = textFor(type, message);
  switch (type) {
    case "slack":
      return jsonPost(CHANNEL_CONFIGS.slack.parse(config).webhook_url, {
        text,
        mrkdwn: false,
        unfurl_links: false,
      });
    case "discord":
      return jsonPost(CHANNEL_CONFIGS.discord.parse(config).webhook_url, {
        content: text,
        allowed_mentions: { parse: [] },
        flags: DISCORD_SUPPRESS_EMBEDS,
      });
    case "telegram": {
      const { bot_token, chat_id, base_url } = CHANNEL_CONFIGS.telegram.parse(config);
      const base = (base_url ?? "https://api.telegram.org").replace(/\/+$/, "");
      return jsonPost(`${base}/bot${bot_token}/sendMessage`, {
        chat_id,
        text,
        link_preview_options: { is_disabled: true },
      });
    }
    case "webhook": {
      const { url, secret } = CHANNEL_CONFIGS.webhook.parse(config);
      return signed(jsonPost(url, message.event), secret, now);
    }
  }
}

/** The link is ours, and is left as it is. */
function textFor(type: ChannelType, { text, link }: Message): string {
  const escaped = escapeFor(type, text);
  return link === undefined ? escaped : `${escaped}\n${link}`;
}

function jsonPost(url: string, body: unknown): Post {
  return { url: new URL(url), body: JSON.stringify(body) };
}

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 over the seconds, a dot and the body. */
function signed(post: Post, secret: string, now: number): Post {
  const seconds = Math.floor(now / SECOND);
  const mac = toHex(hmacSha256(utf8(secret), utf8(`${seconds}.${post.body}`)));
  return { ...post, headers: { "X-Cortex-Signature": `t=${seconds},v1=${mac}` } };
}
