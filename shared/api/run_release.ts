/** Wire schemas of `POST /project/run/:project`: the values of one run, each with the way it reaches the program. */

import { z } from "zod";
import { CommandFacts, Sha256Hex } from "./command.ts";
import { WithheldName } from "./project.ts";

export const RunReleaseRequest = z.object({
  /** Fresh for each request; what the answer's signature is tied to. */
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  /** Environment names as the caller spells them; null asks for all that the token gives. */
  names: z.array(z.string().max(255)).max(10_000).nullable(),
  /** What is about to run; null until the server says that it has to know. */
  command: CommandFacts.nullable(),
  /** The program's output is to come through as it is. */
  unredacted: z.boolean().default(false),
});
export type RunReleaseRequest = z.infer<typeof RunReleaseRequest>;

/** A released value. Binary values are base64 text. */
export const ReleasedValue = z.object({
  value: z.string(),
  /** How the bytes that were stored read as text; absent for UTF-8. */
  encoding: z.literal("base64").optional(),
  delivery: z.enum(["env", "file"]),
  read_once: z.boolean().optional(),
});
export type ReleasedValue = z.infer<typeof ReleasedValue>;

/** What a run gets: the text in `answer` of {@linkcode RunReleaseResponse}. */
export const RunRelease = z.object({
  values: z.record(z.string(), ReleasedValue),
  withheld: z.array(WithheldName),
  /** Names granted to the project that a new discover would bring or ask a person for, and this token lacks. */
  more_granted: z.array(z.string()),
  /** Digest of the one command that the values are for, where any of them is bound; see `commandDigest`. */
  command_sha256: Sha256Hex.nullable(),
  /** The `PATH` that a bound command runs with. */
  search_path: z.string().nullable(),
  /** Whether values have to be replaced in the program's output. */
  redact: z.boolean(),
});
export type RunRelease = z.infer<typeof RunRelease>;

export const RunReleaseResponse = z.object({
  /** JSON text of a {@linkcode RunRelease}. */
  answer: z.string(),
  /** See `shared/proofs/run_answer.ts`. */
  server_proof: z.object({ kid: z.string(), x: z.string(), signature: z.string() }),
});
export type RunReleaseResponse = z.infer<typeof RunReleaseResponse>;
