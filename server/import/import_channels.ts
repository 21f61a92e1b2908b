/**
 * Notification channels, opened with the old key and sealed anew. The predecessor checked no configuration, so what it would
 * have failed to send with is refused here, by name.
 */

import { wipe } from "../../shared/crypto/wipe.ts";
import { CHANNEL_CONFIGS, CreateChannelRequest, isChannelType } from "../../shared/api/channels.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { newChannelRow } from "../services/notices/channel_rows.ts";
import { idFor, type ImportRun, type RowOutcome } from "./import_run.ts";
import { type LegacyChannel, NOTIFICATION_CHANNELS } from "./legacy_rows.ts";

export function importChannels(run: ImportRun): Promise<void> {
  return run.each("channels", NOTIFICATION_CHANNELS, (raw) => raw["name"], (row) => bringChannel(run, row));
}

async function bringChannel(run: ImportRun, row: LegacyChannel): Promise<RowOutcome> {
  const { channel_type, name, description } = row;
  const config = knownFields(channel_type, configOf(run, row));
  const enabled = row.enabled !== 0;
  const request = CreateChannelRequest.safeParse({ channel_type, name, config, enabled, description });
  if (!request.success) {
    throw new VaultError("import.invalid", "Its name or description cannot be kept; make it anew");
  }
  if (await isTaken(run, "name", name)) return "existing";
  const id = await idFor(row.id, (old) => isTaken(run, "id", old));
  const channel = newChannelRow(run.sources.vault, request.data, { id, now: run.sources.now });
  await run.tx.db.insertInto("notification_channels")
    .values({ ...channel, created_at: run.instant(row.created_at) }).execute();
  await run.audit("create_notification_channel", { resourcePath: name });
  return "imported";
}

async function isTaken({ tx }: ImportRun, column: "id" | "name", value: string): Promise<boolean> {
  const found = await tx.db.selectFrom("notification_channels").select("id").where(column, "=", value)
    .executeTakeFirst();
  return found !== undefined;
}

/** @throws VaultError `import.invalid` where it does not open or is no JSON */
function configOf(run: ImportRun, row: LegacyChannel): unknown {
  const opened = run.sources.legacy.open(row.config_ciphertext, row.config_wrapped_dek);
  try {
    return JSON.parse((opened === undefined ? undefined : fromUtf8(opened)) ?? "");
  } catch {
    throw new VaultError("import.invalid", "Its configuration does not open with the old key; make it anew");
  } finally {
    if (opened !== undefined) wipe(opened);
  }
}

/** What the predecessor did not look at is left behind, and null is what was left out. */
function knownFields(type: string, config: unknown): unknown {
  if (!isChannelType(type)) {
    throw new VaultError("import.invalid", "Its type is not known here; make it anew");
  }
  const fields = Object.keys(CHANNEL_CONFIGS[type].shape);
  return Object.fromEntries(
    Object.entries(config ?? {}).filter(([name, value]) => fields.includes(name) && value !== null),
  );
}
