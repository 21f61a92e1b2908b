/**
 * What a person reads of an event. Names in it were chosen by agents and strangers, so every one is made plain first: one
 * line, no mention, nothing that a chat program makes a link of. Mark-up is each platform's own: `escape.ts`.
 */

import { formatTimestamp } from "../../shared/clock.ts";
import type { EventTable } from "../store/event_schema.ts";
import { eventText } from "./texts.ts";

export type EventFactsRow = Omit<EventTable, "dispatched_at">;

const LONGEST = 200;
/** Controls, marks that turn the direction of text, line ends. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** What is after it makes a mention of it; a dot or a colon inside a word makes a link. A space without width ends that. */
const LINKISH = /@|(?<=\S)[.:](?=[^\s.])/gu;

/** A text of a stranger in a form that no platform takes for anything but text. */
export function plain(text: string): string {
  return text.slice(0, LONGEST).toWellFormed().replace(UNSAFE, "?").replace(LINKISH, "$&\u200b");
}

/** What happened, who, where and when, one a line; then what to do. */
export function messageText(event: EventFactsRow, severity: string): string {
  const facts: unknown = JSON.parse(event.facts);
  const rows: [string, unknown][] = [
    ["Agent", event.agent_id],
    ["Project", event.project_name],
    ["Namespace", event.namespace],
    ["Resource", event.resource_path],
    ["From", event.source_ip],
    ...Object.entries(facts ?? {}),
  ];
  const lines = rows.filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${plain(name.replaceAll("_", " "))}: ${plain(String(value))}`);
  const { title, next } = eventText(event.kind);
  return [
    `CortexAuth ${severity}: ${title}`,
    "",
    ...lines,
    `When: ${formatTimestamp(event.raised_at)} UTC`,
    "",
    next,
  ].join("\n");
}
