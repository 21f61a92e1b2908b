/** An admin of a real server: fills it, reads all of it, waits for the end of a rotation. */

import assert from "node:assert/strict";
import type { KekRotationProgress } from "../../../shared/api/kek_rotation.ts";

export const TOKEN = "admin-token-of-the-crash-test";

const READERS = 32;

export class RotatingAdmin {
  constructor(readonly url: string) {}

  async ask<Shape>(method: string, path: string, body?: unknown): Promise<Shape> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { "X-Admin-Token": TOKEN, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, text);
    return JSON.parse(text);
  }

  /** Many at once: a batch of a rotation takes a hundred or so. */
  async storeMany(count: number): Promise<void> {
    const lines = Array.from({ length: count }, (_, at) => `KEY_${at}=value-${at}`);
    await this.ask("POST", "/admin/secrets/bulk", { content: lines.join("\n"), unredactable: true });
  }

  async store(name: string): Promise<void> {
    await this.ask("POST", "/admin/secrets", {
      key_path: name,
      secret_type: "KEY_VALUE",
      value: `${name} value`,
    });
  }

  /** Every value by its key path, many asked for at once: the server commits their rows of the log together. */
  async values(): Promise<Map<string, string>> {
    const list = await this.ask<{ id: string; key_path: string }[]>("GET", "/admin/secrets?limit=1000");
    const found = new Map(list.map(({ key_path }) => [key_path, ""]));
    const waiting = list.values();
    const lane = async () => {
      for (const { id, key_path } of waiting) {
        found.set(key_path, (await this.ask<{ value: string }>("GET", `/admin/secrets/${id}`)).value);
      }
    };
    await Promise.all(Array.from({ length: READERS }, lane));
    return found;
  }

  /** Waits until the rotation that a restart took up is over. */
  async completed(): Promise<KekRotationProgress> {
    for (;;) {
      const progress = await this.ask<KekRotationProgress>("GET", "/admin/rotate-key");
      if (progress.state !== "running") return progress;
    }
  }
}
