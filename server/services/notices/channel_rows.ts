/** Rows of notification channels, from the API and from an import. A configuration is checked, then sealed for its row. */

import type { Insertable } from "kysely";
import type * as z from "zod";
import {
  CHANNEL_CONFIGS,
  type ChannelType,
  type CreateChannelRequest,
} from "../../../shared/api/channels.ts";
import type { Instant } from "../../../shared/clock.ts";
import { utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { NotificationChannelTable } from "../../store/event_schema.ts";
import type { SealedColumns } from "../../store/vault_schema.ts";
import { NO_NAMESPACE, type Place } from "../../vault/associated_data.ts";
import type { Vault } from "../../vault/vault.ts";

/** @throws VaultError `request.invalid` */
export function newChannelRow(
  vault: Vault,
  request: CreateChannelRequest,
  { id, now }: { readonly id: string; readonly now: Instant },
): Insertable<NotificationChannelTable> {
  const { channel_type, name, enabled, description, severities, namespaces, config } = request;
  return {
    id,
    channel_type,
    name,
    enabled: Number(enabled),
    description: description || null,
    severities: JSON.stringify(severities),
    namespaces: namespaces === null ? null : JSON.stringify(namespaces),
    ...sealConfig(vault, id, channel_type, config),
    created_at: now,
    updated_at: now,
  };
}

/** @throws VaultError `request.invalid`; the message names fields, no values */
export function sealConfig(vault: Vault, id: string, type: ChannelType, config: unknown): SealedColumns {
  const checked = CHANNEL_CONFIGS[type].safeParse(config);
  if (!checked.success) throw new VaultError("request.invalid", configMistake(type, checked.error));
  return vault.seal(channelPlace(id), utf8(JSON.stringify(checked.data)));
}

/** What the configuration is bound to. */
export function channelPlace(id: string): Place {
  return { table: "notification_channels", id, namespace: NO_NAMESPACE };
}

/** Names what is wrong and what there may be; the values themselves are secrets. */
function configMistake(type: ChannelType, { issues }: z.ZodError): string {
  const fields = Object.keys(CHANNEL_CONFIGS[type].shape);
  const wrong = fields.filter((field) => issues.some(({ path }) => path[0] === field));
  const what = wrong.length === 0 ? "holds what it should not" : `needs another ${wrong.join(", ")}`;
  return `The config of a channel of type ${type} ${what}; its fields are ${fields.join(", ")}`;
}
