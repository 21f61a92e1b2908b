/** The agent key as commands ask for it: there, or an error that names the file and how to make one. */

import { readAgentKey } from "../shared/client/agent_key_file.ts";
import type { SigningKey } from "../shared/crypto/ed25519.ts";
import { VaultError } from "../shared/errors.ts";

/** @throws VaultError `client.not_logged_in` where there is no file */
export function requireAgentKey(path: string): SigningKey {
  const key = readAgentKey(path);
  if (key !== undefined) return key;
  throw new VaultError(
    "client.not_logged_in",
    `There is no agent key at ${path}; make one by cortex gen-key`,
  );
}
