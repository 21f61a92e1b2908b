import assert from "node:assert/strict";
import { CHANNEL_FIELDS } from "../../../shared/api/channel_types.ts";
import { CHANNEL_CONFIGS } from "../../../shared/api/channels.ts";

Deno.test("CHANNEL_FIELDS says of each type what its schema says", () => {
  const checked = Object.entries(CHANNEL_CONFIGS).map(([type, { shape }]) => [
    type,
    Object.entries(shape).map(([name, field]) => field.safeParse(undefined).success ? `[${name}]` : name),
  ]);
  assert.deepEqual(Object.entries(CHANNEL_FIELDS), checked);
});
