/** After a recovery boot: the password that was lost is replaced, at once where somebody is there to choose one. */

import { askHidden, type LineInput, whileHidden } from "../../shared/terminal/hidden_line.ts";
import { readPasswordFile } from "./password.ts";

export interface NewPasswordSources {
  /** A file with the new password, for servers without a terminal. */
  readonly file: string | undefined;
  readonly input: LineInput;
}

/** Undefined where it is left for later. @throws StartupError for a file that cannot be used */
export async function readNewPassword({ file, input }: NewPasswordSources): Promise<string | undefined> {
  if (file !== undefined) {
    return await readPasswordFile(file, "CORTEX_RECOVERY_NEW_PASSWORD_FILE");
  }
  return input.isTerminal() ? whileHidden(input, () => askUntilSame(input)) : undefined;
}

function askUntilSame(input: LineInput): string | undefined {
  input.say("The vault is open. Choose a new password now, or press Enter to do it later\r\n");
  for (;;) {
    const first = askHidden(input, "New unseal password: ");
    if (first.trim() === "") return undefined;
    if (askHidden(input, "The same once more: ") === first) return first;
    input.say("The two differ\r\n");
  }
}
