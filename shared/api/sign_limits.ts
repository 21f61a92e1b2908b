/** Wire schema of the limits of a key that signs, set by an admin on its grant. */

import * as z from "zod";
import { HTTP_METHODS, MAX_JWT_SECONDS, MAX_PRESIGN_SECONDS, SIGN_KINDS } from "../signing/limits.ts";
import { oneLine } from "./text.ts";

const some = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(64).optional();

/** What is left out is as in parentheses; `{}` lifts all limits. */
export const SignLimits = z.strictObject({
  kinds: some(z.enum(SIGN_KINDS)).describe(
    "(All; for a grant whose name ends in AWS_SECRET_ACCESS_KEY `aws` alone.)",
  ),
  services: some(z.string().max(64)).describe(
    "Of AWS (any but those that hand out credentials, such as sts and iam).",
  ),
  hosts: some(z.string().max(255)).describe(
    "As in the `Host` header, `*.` in front for every host below (any).",
  ),
  methods: some(z.enum(HTTP_METHODS)).describe("Of requests to AWS (any)."),
  presign_seconds: z.int().min(1).max(MAX_PRESIGN_SECONDS).optional().describe(
    "Longest life of a presigned address (604800).",
  ),
  audiences: some(oneLine(255)).describe(
    "Whom a JWT may be for; one that names nobody is refused then (anybody).",
  ),
  host_keys: some(z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/)).describe(
    "Of an SSH key: fingerprints of the hosts that it logs in to (any).",
  ),
  users: some(oneLine(64)).describe("Of an SSH key: login names (any)."),
  jwt_seconds: z.int().min(1).max(MAX_JWT_SECONDS).optional().describe("Longest life of a JWT (3600)."),
});
export type SignLimits = z.infer<typeof SignLimits>;
