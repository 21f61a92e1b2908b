/**
 * What a person reads of an event. Names in it were chosen by agents and strangers, so every text is made plain first: no
 * line breaks, no mark-up, no mention, nothing that a chat program would make a link of.
 */

import { formatTimestamp } from "../../shared/clock.ts";
import type { EventTable } from "../store/schema.ts";
import { eventText, pageLink } from "./texts.ts";

export type EventFactsRow = Omit<EventTable, "dispatched_at">;

const LONGEST = 200;
/** Controls, marks that turn the direction of text, and what mark-up, mentions and links are made of. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}@<>*_~`|\[\]()#&\\]/gu;
/** A dot or a pair of slashes inside a word makes a link of it. */
const LINKISH = /(?<=\S)[.:](?=[^\s.])/gu;

/** A text of a stranger in a form that no platform takes for anything but text. */
export function plain(text: string): string {
  return text.replace(UNSAFE, "?").replace(LINKISH, (mark) => `${mark}\u200b`).slice(0, LONGEST);
}

/** What happened, who, where and when, one a line; then what to do, and a link to where it is done. */
export function messageText(event: EventFactsRow, severity: string, publicUrl?: string): string {
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
  const link = pageLink(event.kind, publicUrl);
  return [
    `CortexAuth ${severity}: ${title}`,
    "",
    ...lines,
    `When: ${formatTimestamp(event.raised_at)} UTC`,
    "",
    next,
    ...(link === undefined ? [] : [link]),
  ].join("\n");
}
