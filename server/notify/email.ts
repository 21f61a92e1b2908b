/**
 * A notification as an RFC 5322 message. Every header is made of our own words and of addresses that were checked; what
 * strangers wrote is in the body alone, encoded, so that it can begin no header, no part and no command of a mail program.
 */

import type { Instant } from "../../shared/clock.ts";
import { toBase64, utf8 } from "../../shared/encoding.ts";

export interface EmailParts {
  readonly from: string;
  readonly to: string;
  /** Plain text; its first line becomes the subject. */
  readonly text: string;
  readonly now: Instant;
}

/** RFC 2045, section 6.8. */
const BASE64_LINE = /.{1,76}/g;
/** Far under the 998 of RFC 5322, section 2.1.1, so that no header is folded. */
const LONGEST_SUBJECT = 200;

/** The message with CRLF line ends. */
export function emailMessage({ from, to, text, now }: EmailParts): string {
  const body = toBase64(utf8(text.replaceAll("\n", "\r\n") + "\r\n")).match(BASE64_LINE) ?? [];
  return [
    `From: CortexAuth <${from}>`,
    `To: <${to}>`,
    `Subject: ${subjectOf(text)}`,
    `Date: ${new Date(now).toUTCString().replace("GMT", "+0000")}`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    ...body,
    "",
  ].join("\r\n");
}

function subjectOf(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/[^\x20-\x7e]/g, "?").slice(0, LONGEST_SUBJECT);
}
