/** The rows of what people are told of, and how far that is. */

import type { SealedColumns } from "./vault_schema.ts";

/** What people are told of; see `server/events`. */
export interface EventTable {
  id: string;
  kind: string;
  namespace: string | null;
  agent_id: string | null;
  project_name: string | null;
  resource_path: string | null;
  source_ip: string | null;
  /** JSON object of further facts: names, counts, codes; never values. */
  facts: string;
  raised_at: number;
  /** When it was handed to the channels. */
  dispatched_at: number | null;
}

/** Where people are told of events; the configuration is the sealed body. */
export interface NotificationChannelTable extends SealedColumns {
  id: string;
  channel_type: string;
  name: string;
  enabled: number;
  description: string | null;
  /** JSON list of severities. */
  severities: string;
  /** JSON list of names; null for every namespace. */
  namespaces: string | null;
  created_at: number;
  updated_at: number;
}

/** One event on its way to one channel. */
export interface NotificationDeliveryTable {
  id: string;
  event_id: string;
  channel_id: string;
  state: "waiting" | "delivered" | "failed";
  attempts: number;
  next_attempt_at: number;
  /** What came of the last attempt: a status or a kind of failure, never what a receiver wrote. */
  result: string | null;
  settled_at: number | null;
}
