/** Wire schema of the limits of a key that signs, set by an admin on its grant. */

import { z } from "zod";
import { HTTP_METHODS, MAX_JWT_SECONDS, MAX_PRESIGN_SECONDS, SIGN_KINDS } from "../signing/limits.ts";
import { oneLine } from "./text.ts";

const some = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(64).optional();

/** What is left out is as in parentheses; `{}` lifts all limits. */
export const SignLimits = z.strictObject({
  /** (All; for a grant whose name ends in AWS_SECRET_ACCESS_KEY `aws` alone.) */
  kinds: some(z.enum(SIGN_KINDS)),
  /** Of AWS (any but those that hand out credentials, such as sts and iam). */
  services: some(z.string().max(64)),
  /** As in the `Host` header, `*.` in front for every host below (any). */
  hosts: some(z.string().max(255)),
  /** Of requests to AWS (any). */
  methods: some(z.enum(HTTP_METHODS)),
  /** Longest life of a presigned address (604800). */
  presign_seconds: z.int().min(1).max(MAX_PRESIGN_SECONDS).optional(),
  /** Whom a JWT may be for; one that names nobody is refused then (anybody). */
  audiences: some(oneLine(255)),
  /** Longest life of a JWT (3600). */
  jwt_seconds: z.int().min(1).max(MAX_JWT_SECONDS).optional(),
});
export type SignLimits = z.infer<typeof SignLimits>;
