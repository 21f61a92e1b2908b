/** B27 of the lessons: a secret stays in the environment no longer than it takes to read it. */

import { SETTING_NAMES, SETTINGS } from "../config_table.ts";

/**
 * Removes every secret setting, so that no child and no later reader finds one. The copy that the kernel shows in
 * `/proc/<pid>/environ` cannot be removed; hardening closes that file to everybody but root.
 */
export function forgetSecrets(remove: (variable: string) => void): void {
  for (const name of SETTING_NAMES) {
    const { secret, variable } = SETTINGS[name];
    if (secret === true) remove(variable);
  }
}
