/** Wire schema of what a daemon tells of values that a program printed and that were replaced on their way to the agent. */

import * as z from "zod";
import { oneLine } from "./text.ts";

/** Body of `POST /project/leaks/:project`. */
export const LeakReport = z.object({
  program: oneLine(255).describe("As the caller typed it, without its arguments."),
  leaks: z.array(z.object({
    name: z.string().min(1).max(255).describe("The value's name, one of the token's."),
    stream: z.enum(["stdout", "stderr"]),
    times: z.int().min(1).describe("How often since the last report."),
  })).min(1).max(1_000),
});
export type LeakReport = z.infer<typeof LeakReport>;

export const LeakReportAnswer = z.object({ reaction: z.enum(["notify", "revoke", "freeze"]) });
export type LeakReportAnswer = z.infer<typeof LeakReportAnswer>;
