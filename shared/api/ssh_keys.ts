/** Wire schemas of a project's SSH keys. They never leave the vault; what leaves it are public keys and signatures. */

import * as z from "zod";
import { oneLine } from "./text.ts";

export const SshKeySummary = z.object({
  name: z.string().describe("The name of the grant."),
  public_key: z.string().describe("Base64 of the key as SSH sends it."),
  fingerprint: z.string().describe("As `ssh-keygen -l` prints it."),
  comment: z.string(),
});
export type SshKeySummary = z.infer<typeof SshKeySummary>;

/** Answer to `GET /project/ssh-keys/:project`. */
export const SshKeysResponse = z.object({ keys: z.array(SshKeySummary) });
export type SshKeysResponse = z.infer<typeof SshKeysResponse>;

/** Body of `POST /project/ssh-keys/:project/sign`: a login, with what the daemon knows of its host. */
export const SshSignRequest = z.object({
  name: z.string().max(255).describe("The name of the grant, as listed."),
  data: z.string().max(64 * 1024).describe("Base64 of what is signed; it names key and algorithm."),
  host_key: oneLine(128).nullish().describe(
    "Fingerprint of the key by which the host proved itself to the client.",
  ),
});
export type SshSignRequest = z.infer<typeof SshSignRequest>;

export const SshSignResponse = z.object({
  signature: z.string().describe("Base64 of the signature as SSH sends it."),
});
export type SshSignResponse = z.infer<typeof SshSignResponse>;
