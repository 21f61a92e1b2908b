/** Wire schemas of `POST /project/run/:project`: the values of one run, each with the way it reaches the program. */

import * as z from "zod";
import { CommandFacts, Sha256Hex } from "./command.ts";
import { WithheldName } from "./project.ts";

export const RunReleaseRequest = z.object({
  nonce: z.string().regex(/^[0-9a-f]{32}$/).describe(
    "Fresh for each request; what the answer's signature is tied to.",
  ),
  names: z.array(z.string().max(255)).max(10_000).nullable().describe(
    "Environment names as the caller spells them; null asks for all that the token gives.",
  ),
  command: CommandFacts.nullable().describe(
    "What is about to run; null until the server says that it has to know.",
  ),
  unredacted: z.boolean().default(false).describe("The program's output is to come through as it is."),
  asks_again: z.boolean().default(false).describe(
    "Where the token lacks names that a new one would bring or ask for, nothing is opened and no approval used up.",
  ),
});
export type RunReleaseRequest = z.infer<typeof RunReleaseRequest>;

/** A released value. Binary values are base64 text. */
export const ReleasedValue = z.object({
  value: z.string(),
  encoding: z.literal("base64").optional().describe(
    "How the bytes that were stored read as text; absent for UTF-8.",
  ),
  delivery: z.enum(["env", "file"]),
  read_once: z.boolean().optional(),
});
export type ReleasedValue = z.infer<typeof ReleasedValue>;

/** What a run gets: the text in `answer` of {@linkcode RunReleaseResponse}. */
export const RunRelease = z.object({
  values: z.record(z.string(), ReleasedValue),
  withheld: z.array(WithheldName),
  more_granted: z.array(z.string()).describe(
    "Names granted to the project that a new discover would bring or ask a person for, and this token lacks.",
  ),
  command_sha256: Sha256Hex.nullable().describe(
    "Digest of the one command that the values are for, where any of them is bound; see `commandDigest`.",
  ),
  search_path: z.string().nullable().describe("The `PATH` that a bound command runs with."),
  environment: z.array(z.string()).describe(
    "Names of the caller's own variables that it keeps beside the ordinary ones.",
  ),
  redact: z.boolean().describe("Whether values have to be replaced in the program's output."),
});
export type RunRelease = z.infer<typeof RunRelease>;

export const RunReleaseResponse = z.object({
  answer: z.string().describe("JSON text of a `RunRelease`."),
  server_proof: z.object({ kid: z.string(), x: z.string(), signature: z.string() }).describe(
    "See `shared/proofs/run_answer.ts`.",
  ),
});
export type RunReleaseResponse = z.infer<typeof RunReleaseResponse>;
