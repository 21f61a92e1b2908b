/** Wire schema of what a daemon tells of values that a program printed and that were replaced on their way to the agent. */

import { z } from "zod";
import { oneLine } from "./text.ts";

/** Body of `POST /project/leaks/:project`. */
export const LeakReport = z.object({
  /** As the caller typed it, without its arguments. */
  program: oneLine(255),
  leaks: z.array(z.object({
    /** The value's name, one of the token's. */
    name: z.string().min(1).max(255),
    stream: z.enum(["stdout", "stderr"]),
    /** How often since the last report. */
    times: z.int().min(1),
  })).min(1).max(1_000),
});
export type LeakReport = z.infer<typeof LeakReport>;

export const LeakReportAnswer = z.object({ reaction: z.enum(["notify", "revoke", "freeze"]) });
export type LeakReportAnswer = z.infer<typeof LeakReportAnswer>;
