/** Wire schemas of what an admin sees first: what waits, what went wrong, what ends soon. */

import * as z from "zod";

/** Answer of `GET /admin/waiting`. */
export const Waiting = z.object({
  devices: z.int().describe("Logins of hosts that wait for a person."),
  access: z.int().describe("Requests for access to a project."),
  commands: z.int().describe("Requests for a single command."),
  total: z.int(),
  state: z.string().describe("Changes with every change of what waits."),
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
  alarms: z.array(Alarm).describe("Of the last seven days, newest first."),
  activity: z.array(Activity).describe("Newest first; looks of people are left out."),
  expiring: z.array(Expiry).describe("Within seven days, soonest first."),
  counts: z.object({
    secrets: z.int(),
    projects: z.int(),
    agents: z.int(),
    frozen: z.int(),
    releases: z.int().describe("Values that were released in the last day."),
    refusals: z.int().describe("What was refused in the last day."),
  }),
});
export type Overview = z.infer<typeof Overview>;
