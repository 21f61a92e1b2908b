/** Wire schemas of what agents could read now, and why not the rest. */

import * as z from "zod";
import { NamespaceQuery } from "./text.ts";

export const ReachBarrier = z.enum([
  "agent_frozen",
  "project_frozen",
  "no_agent",
  "not_granted",
  "denied_by_policy",
  "undecided",
  "denied",
  "not_approved",
  "commands_only",
]).describe("Why a granted secret would not be released now.");
export type ReachBarrier = z.infer<typeof ReachBarrier>;

/** One grant, seen from the agent that the project belongs to. */
export const ReachedSecret = z.object({
  secret_id: z.string(),
  key_path: z.string(),
  env_var_name: z.string(),
  is_honey_token: z.boolean(),
  barrier: ReachBarrier.nullable().describe("Null where the agent could read it now."),
  policy: z.string().nullable().describe("The policy that decided; null where none had to."),
});
export type ReachedSecret = z.infer<typeof ReachedSecret>;

export const ReachedProject = z.object({
  agent_id: z.string().nullable(),
  project_name: z.string(),
  namespace: z.string(),
  frozen: z.boolean(),
  secrets: z.array(ReachedSecret),
});
export type ReachedProject = z.infer<typeof ReachedProject>;

/** Query of `GET /admin/reach`. */
export const ReachQuery = NamespaceQuery.extend({
  agent_id: z.string().max(255).optional(),
  project: z.string().max(1_024).optional(),
});
export type ReachQuery = z.infer<typeof ReachQuery>;

/** Answer of `GET /admin/reach`. `more`: there are more projects than one answer holds. */
export const Reach = z.object({ projects: z.array(ReachedProject), more: z.boolean() });
export type Reach = z.infer<typeof Reach>;

/** Query of `GET /admin/policies/test`: may this agent read this secret for this project? */
export const PolicyTestQuery = NamespaceQuery.extend({
  agent_id: z.string().min(1).max(255),
  project: z.string().min(1).max(1_024),
  key_path: z.string().min(1).max(255),
});
export type PolicyTestQuery = z.infer<typeof PolicyTestQuery>;

/** Answer of `GET /admin/policies/test`: every check by itself, so that the first barrier hides no other. */
export const PolicyTest = z.object({
  allowed: z.boolean(),
  agent_id: z.string(),
  namespace: z.string(),
  project_name: z.string(),
  key_path: z.string(),
  checks: z.array(z.object({
    check: z.enum(["agent", "project", "secret", "grant", "policy", "approval"]),
    passes: z.boolean(),
    reason: z.string(),
    name: z.string().nullable().describe(
      "A name that belongs to the reason, such as the policy that decided.",
    ),
  })),
});
export type PolicyTest = z.infer<typeof PolicyTest>;

/** Query of `GET /admin/usage`. */
export const UsageQuery = NamespaceQuery.extend({
  days: z.string().regex(/^([1-9]|[1-8]\d|90)$/).transform(Number)
    .meta({ type: "integer", minimum: 1, maximum: 90 }).default(14)
    .describe("Until today; 14 where it is left out."),
  by: z.enum(["project", "agent"]).default("project"),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

/** Answer of `GET /admin/usage`: releases a day (UTC), the busiest first. */
export const Usage = z.object({
  days: z.array(z.string()),
  series: z.array(z.object({ name: z.string(), total: z.int(), counts: z.array(z.int()) })),
});
export type Usage = z.infer<typeof Usage>;
