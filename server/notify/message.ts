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
  const { title, next } = eventText(event.kind);
  return [
    `CortexAuth ${severity}: ${title}`,
    "",
    ...placeLines(event),
    ...factLines(event),
    `When: ${formatTimestamp(event.raised_at)} UTC`,
    "",
    next,
  ].join("\n");
}

function placeLines(event: EventFactsRow): string[] {
  const rows = [
    ["Agent", event.agent_id],
    ["Project", event.project_name],
    ["Namespace", event.namespace],
    ["Resource", event.resource_path],
  ] as const;
  const lines = rows.filter(([, value]) => value !== null).map(([name, value]) => line(name, value));
  // Parsed by the server, never a text of a stranger: it stays what can be copied into a firewall.
  return event.source_ip === null ? lines : [...lines, `From: ${event.source_ip}`];
}

/** What is the event's resource already is not said twice. */
function factLines({ facts, resource_path }: EventFactsRow): string[] {
  const known: object = JSON.parse(facts) ?? {};
  return Object.entries(known).filter(([, value]) => value !== resource_path)
    .map(([name, value]) => line(name.replaceAll("_", " "), value));
}

const line = (name: string, value: unknown) => `${plain(name)}: ${plain(String(value))}`;
