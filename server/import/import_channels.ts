/** Notification channels. This version has no place for them, so each is named in the report. */

import { VaultError } from "../../shared/errors.ts";
import type { ImportRun } from "./import_run.ts";
import { NOTIFICATION_CHANNELS } from "./legacy_rows.ts";

export function importChannels(run: ImportRun): Promise<void> {
  return run.each("channels", NOTIFICATION_CHANNELS, (raw) => raw["name"], async () => {
    throw new VaultError("import.invalid", "Channels are not brought over; make it anew");
  });
}
