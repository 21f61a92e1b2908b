/** Opens the audit sinks that are configured, while files may still be opened. */

import type { Clock } from "../../shared/clock.ts";
import { FileSink } from "../audit/sinks/file_sink.ts";
import type { SinkReport } from "../audit/sinks/follower.ts";
import type { AuditSink } from "../audit/sinks/sink.ts";
import { openSinkFile } from "../audit/sinks/sink_file.ts";
import { AuditSinks } from "../audit/sinks/sinks.ts";
import { parseSyslogTarget, SyslogSink } from "../audit/sinks/syslog_sink.ts";
import type { AuditSinksConfig } from "../config.ts";
import type { Logger } from "../log.ts";
import { StartupError } from "../startup_error.ts";

/** @throws StartupError where a file cannot be used; a syslog daemon may come later */
export async function openAuditSinks(
  { file, syslog, required }: AuditSinksConfig,
  clock: Clock,
  { pid, log }: { readonly pid: number; readonly log: Pick<Logger, "info" | "error"> },
): Promise<AuditSinks> {
  const sinks: AuditSink[] = [];
  if (file !== undefined) sinks.push(new FileSink(file, await openSinkFile(file)));
  if (syslog !== undefined) sinks.push(openSyslog(syslog, pid));
  const onReport = ({ kind, target }: AuditSink, report: SinkReport) => {
    const level = report.kind === "recovered" ? "info" : "error";
    log[level](`audit sink ${report.kind}`, { sink: kind, target, reason: report.reason });
  };
  return new AuditSinks({ sinks, required, clock, onReport });
}

function openSyslog(text: string, pid: number): SyslogSink {
  const target = parseSyslogTarget(text);
  if (target === undefined) {
    throw new StartupError(
      "CORTEX_AUDIT_SYSLOG is no address of a syslog daemon; give unix:///dev/log or tcp://host:port",
    );
  }
  return new SyslogSink(target, { hostname: Deno.hostname(), pid });
}
