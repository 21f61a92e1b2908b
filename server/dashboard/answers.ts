/** Answers to browsers: pages and ways on, under a policy that lets no foreign or inline code run and nobody frame them. */

import type { Html } from "./page.ts";
import type { WordKey } from "./words/words.ts";

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  // A form's Origin would be "null" without it.
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
};

export function html(page: Html, status = 200): Response {
  return new Response(`<!doctype html>${page}`, { status, headers: PAGE_HEADERS });
}

export function seeOther(path: string): Response {
  return new Response(null, { status: 303, headers: { ...PAGE_HEADERS, Location: path } });
}

/** Only pages of ours can be gone back to. */
export function localPath(text: string | null, fallback: string): string {
  return text !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(text) ? text : fallback;
}

/** Goes on, and takes over the cookie that an answer of the API sets. */
export function withCookie(path: string, answer: Response, done?: WordKey): Response {
  const onward = seeOther(done === undefined ? path : `${path}?done=${done}`);
  const cookie = answer.headers.get("Set-Cookie");
  if (cookie !== null) onward.headers.set("Set-Cookie", cookie);
  return onward;
}
