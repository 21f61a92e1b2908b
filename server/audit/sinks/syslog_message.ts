/**
 * An audit row as a syslog message (RFC 5424): facility 13, "log audit", the row's own time, its number as structured data, and
 * its JSON line as the text. Field names that are not from IANA end in the private enterprise number of documentation, 32473.
 */

import type { AuditRow } from "../../store/writer.ts";
import { rowLine } from "./row_line.ts";

const FACILITY = 13;
const SEVERITY = { alert: 1, warning: 4, notice: 5 } as const;
/** Every receiver takes 2,048 bytes, most take far more (section 6.1); longer texts lose their end. */
const LONGEST_TEXT = 32 * 1024;

export interface SyslogSender {
  readonly hostname: string;
  readonly pid: number;
}

/** One message, without framing. */
export function syslogMessage(row: AuditRow, { hostname, pid }: SyslogSender): string {
  const priority = FACILITY * 8 + severityOf(row.status);
  const time = new Date(row.at).toISOString();
  const data = `[audit@32473 seq="${row.seq}"]`;
  const header = `<${priority}>1 ${time} ${name(hostname, 255)} cortex-server ${pid} ${name(row.action, 32)}`;
  return `${header} ${data} ${rowLine(row).slice(0, LONGEST_TEXT)}`;
}

function severityOf(status: string): number {
  if (status === "alarm") return SEVERITY.alert;
  return status === "denied" ? SEVERITY.warning : SEVERITY.notice;
}

/** PRINTUSASCII without spaces; `-` where nothing is left. */
function name(text: string, longest: number): string {
  return text.replace(/[^\x21-\x7e]/g, "").slice(0, longest) || "-";
}
