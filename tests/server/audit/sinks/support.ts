/** Rows, a log in memory, and a sink that does what a test wants. */

import type { AuditRow } from "../../../../server/store/writer.ts";
import type { AuditSink } from "../../../../server/audit/sinks/sink.ts";
import type { RowSource } from "../../../../server/audit/sinks/follower.ts";

export function row(seq: number, change: Partial<AuditRow> = {}): AuditRow {
  return {
    seq,
    id: `row-${seq}`,
    at: 1_767_323_045_000 + seq,
    principal: "agent:bot",
    action: "get_secrets",
    status: "success",
    agent_id: "bot",
    project_name: "app",
    namespace: "default",
    resource_path: "openai_api_key",
    details: '{"keys":["openai_api_key"]}',
    request_id: null,
    source_ip: "192.0.2.1",
    caller_pid: 42,
    caller_binary_sha256: null,
    caller_argv_hash: null,
    caller_cwd: null,
    caller_git_commit: null,
    hostname: null,
    os: null,
    prev_mac: new Uint8Array(32).fill(seq - 1),
    mac: new Uint8Array(32).fill(seq),
    ...change,
  };
}

export const rows = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => row(from + index));

/** A log that has rows 1 to `length`. */
export class MemoryLog implements RowSource {
  reads = 0;
  oldest = 1;
  constructor(public length = 0) {}

  async rowsAfter(seq: number, limit: number): Promise<readonly AuditRow[]> {
    this.reads++;
    const first = Math.max(seq + 1, this.oldest);
    return first > this.length ? [] : rows(first, Math.min(this.length, first + limit - 1));
  }
}

export class FakeSink implements AuditSink {
  readonly kind = "file";
  readonly target = "/somewhere";
  readonly taken: number[] = [];
  findings: string[] = [];
  closed = false;
  /** Replaced by tests. */
  behave: () => Promise<void> = async () => {};

  async write(given: readonly AuditRow[]): Promise<void> {
    await this.behave();
    this.taken.push(...given.map(({ seq }) => seq));
  }

  async check(): Promise<void> {}

  takeFindings(): readonly string[] {
    return this.findings.splice(0);
  }

  close(): void {
    this.closed = true;
  }
}
