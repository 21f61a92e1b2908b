/** What tests of routes say over and over. */

import assert from "node:assert/strict";
import type { Answer, Harness } from "./harness.ts";

/** The answer is this error, in the form that every error has. */
export function expectError(answer: Answer, status: number, errorCode: string): void {
  const body = answer.json();
  assert.equal(answer.status, status, answer.text);
  assert.equal(body["error_code"], errorCode);
  assert.match(String(body["error"]), /^[A-Z].*[^.]$/s);
  assert.equal(body["request_id"], answer.headers.get("X-Request-Id"));
}

/** The answer is a success; gives its body. */
export function expectOk<Shape = Record<string, unknown>>(answer: Answer, status = 200): Shape {
  assert.equal(answer.status, status, answer.text);
  return answer.json<Shape>();
}

/** The newest audit row of an action. */
export async function lastRow(h: Harness, action: string) {
  const row = (await h.auditRows()).filter((other) => other.action === action).at(-1);
  assert.ok(row, `no audit row of ${action}`);
  return row;
}

/** Follows the `Link` headers of a list to its end. */
export async function allPages<Row>(h: Harness, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const answer: Answer = await h.admin.get(next);
    rows.push(...expectOk<Row[]>(answer));
    next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get("Link") ?? "")?.[1];
  }
  return rows;
}
