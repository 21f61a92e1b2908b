/** Wire schemas of requests for exactly one command, of decisions about them, and of what an agent may do now. */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import { CommandBinding, CommandFacts } from "./command.ts";
import { PageQuery } from "./page.ts";
import { ApprovalSoFar } from "./pending_grants.ts";
import { oneLine } from "./text.ts";

/** How an agent proves itself in a body, as at discover. */
const proof = {
  agent_id: z.string().max(255),
  auth_proof: z.string().max(255).describe("Signature by the agent key that covers `ts` and `nonce`."),
  ts: z.int().nullish().describe("Unix seconds."),
  nonce: z.string().max(1024).nullish().describe("Fresh for each request."),
  project_name: z.string().max(1024),
};

const names = z.array(z.string().max(255)).max(1_000).nullable();

/** As much as one request may ask for. */
export const MAX_COMMAND_SECONDS = 90 * 86_400;

/** Body of `POST /agent/command-requests`. */
export const CommandRequest = z.object({
  ...proof,
  names: names.describe("Environment names; null asks for all that is granted."),
  binding: CommandBinding,
  uses: z.int().min(1).max(1_000_000).nullable().describe("Null: as often as wanted."),
  seconds: z.int().min(60).max(MAX_COMMAND_SECONDS),
  note: oneLine(500).nullable().describe("Why, for the one who decides."),
  hostname: z.string().max(255).nullish(),
});
export type CommandRequest = z.infer<typeof CommandRequest>;

/** Answer of `POST /agent/command-requests`. `approved`: a person has approved exactly this before, and it still counts. */
export const CommandRequestAnswer = z.object({
  id: z.string(),
  status: z.enum(["pending", "approved"]),
  request_sha256: z.string(),
  names: z.array(z.string()),
  unmatched: z.array(z.string()).describe("Names that no grant of the project gives a meaning."),
});
export type CommandRequestAnswer = z.infer<typeof CommandRequestAnswer>;

/** Body of `POST /agent/explain`. */
export const ExplainRequest = z.object({ ...proof, names, command: CommandFacts.nullable() });
export type ExplainRequest = z.infer<typeof ExplainRequest>;

export const NameState = z.enum([
  "released",
  "waiting",
  "unasked",
  "other_command",
  "needs_request",
  "denied",
  "not_approved",
  "denied_by_policy",
  "not_granted",
  "template",
  "ssh_key",
  "delivery_template",
  "delivery_never",
]).describe(
  "Where a name stands for this agent, now. `released`: a run gets it. `waiting`: a person has been asked. `unasked`: the next run asks a person. `other_command`: approved for another command. `needs_request`: only approved commands get it.",
);
export type NameState = z.infer<typeof NameState>;

export const ExplainedName = z.object({
  name: z.string(),
  state: NameState,
  delivery: z.enum(["env", "file", "template", "never"]).nullable(),
  by_command: z.boolean().describe("It rests on the approval of this very command."),
});
export type ExplainedName = z.infer<typeof ExplainedName>;

export const ExplainedCommand = z.object({
  id: z.string(),
  status: z.enum(["pending", "approved"]),
  names: z.array(z.string()),
  binding: CommandBinding,
  uses_left: z.int().nullable(),
  valid_until: z.string().nullable(),
  differs: z.array(z.string()).nullable().describe(
    "In what the command that was asked about differs; null where none was.",
  ),
});
export type ExplainedCommand = z.infer<typeof ExplainedCommand>;

/** Answer of `POST /agent/explain`. */
export const ExplainAnswer = z.object({
  agent_id: z.string(),
  namespace: z.string(),
  project_name: z.string(),
  blocked: z.string().nullable().describe(
    "Why nothing passes at all, such as a frozen project; null where nothing stands in the way.",
  ),
  names: z.array(ExplainedName),
  commands: z.array(ExplainedCommand),
});
export type ExplainAnswer = z.infer<typeof ExplainAnswer>;

export const CommandGrantStatus = z.enum(["pending", "approved", "denied", "ended"]);

/** Query of `GET /admin/command-grants`. */
export const CommandGrantQuery = PageQuery.extend({ status: CommandGrantStatus.optional() });
export type CommandGrantQuery = z.infer<typeof CommandGrantQuery>;

/** Body of `POST /admin/command-grants/:id/approve`: for what was shown, or for less. */
export const ApproveCommandRequest = z.object({
  request_sha256: z.string().describe("Of the request that the approver saw."),
  approved_keys: z.array(z.string()).min(1).max(1_000).nullish().describe(
    "A part of the requested key paths.",
  ),
  uses: z.int().min(1).max(1_000_000).nullish().describe("At most as often as was asked."),
  seconds: z.int().min(60).max(MAX_COMMAND_SECONDS).nullish().describe("At most as long as was asked."),
});
export type ApproveCommandRequest = z.infer<typeof ApproveCommandRequest>;

/** One row of `GET /admin/command-grants`. */
export const CommandGrantSummary = z.object({
  id: z.string(),
  status: CommandGrantStatus,
  agent_id: z.string(),
  project_name: z.string(),
  namespace: z.string(),
  requested_keys: z.array(z.string()),
  approved_keys: z.array(z.string()),
  binding: CommandBinding,
  request_sha256: z.string(),
  note: z.string().nullable(),
  uses_asked: z.int().nullable(),
  seconds_asked: z.int(),
  uses_left: z.int().nullable(),
  valid_until: z.string().nullable(),
  used: z.int(),
  last_used_at: z.string().nullable(),
  requested_at: z.string(),
  decided_at: z.string().nullable(),
  decided_by: z.string().nullable(),
  source_ip: z.string().nullable(),
  hostname: z.string().nullable(),
  approvals_so_far: z.array(ApprovalSoFar).describe("Of requests that wait for a second person."),
});
export type CommandGrantSummary = Frozen<z.infer<typeof CommandGrantSummary>>;
