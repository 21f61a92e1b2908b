/** Wire schemas of what an admin sees first: what waits, what went wrong, what ends soon. */

import { z } from "zod";

/** Answer of `GET /admin/waiting`. */
export const Waiting = z.object({
  /** Logins of hosts that wait for a person. */
  devices: z.int(),
  /** Requests for access to a project. */
  access: z.int(),
  /** Requests for a single command. */
  commands: z.int(),
  total: z.int(),
  /** Changes with every change of what waits. */
  state: z.string(),
});
export type Waiting = z.infer<typeof Waiting>;

export const Alarm = z.object({
  id: z.string(),
  kind: z.string(),
  severity: z.enum(["warning", "alarm"]),
  namespace: z.string().nullable(),
  agent_id: z.string().nullable(),
  project_name: z.string().nullable(),
  raised_at: z.string(),
});
export type Alarm = z.infer<typeof Alarm>;

export const Expiry = z.object({
  what: z.enum(["project_token", "daemon_login", "approval"]),
  agent_id: z.string().nullable(),
  project_name: z.string().nullable(),
  namespace: z.string(),
  at: z.string(),
});
export type Expiry = z.infer<typeof Expiry>;

export const Activity = z.object({
  id: z.string(),
  at: z.string(),
  principal: z.string(),
  action: z.string(),
  status: z.string(),
  agent_id: z.string().nullable(),
  project_name: z.string().nullable(),
});
export type Activity = z.infer<typeof Activity>;

/** Answer of `GET /admin/overview`. */
export const Overview = z.object({
  sealed: z.boolean(),
  kek_version: z.int(),
  waiting: Waiting,
  /** Of the last seven days, newest first. */
  alarms: z.array(Alarm),
  /** Newest first; looks of people are left out. */
  activity: z.array(Activity),
  /** Within seven days, soonest first. */
  expiring: z.array(Expiry),
  counts: z.object({
    secrets: z.int(),
    projects: z.int(),
    agents: z.int(),
    frozen: z.int(),
    /** Values that were released in the last day. */
    releases: z.int(),
    /** What was refused in the last day. */
    refusals: z.int(),
  }),
});
export type Overview = z.infer<typeof Overview>;
