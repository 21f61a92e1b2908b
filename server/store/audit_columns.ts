/** The columns of `audit_log` in the order of the table: the MAC covers all but itself. */

import { ENCODED_COLUMNS } from "../../shared/audit/row_encoding.ts";
import type { AuditTable } from "./audit_schema.ts";

export const AUDIT_COLUMNS = [...ENCODED_COLUMNS, "mac"] as const satisfies readonly (keyof AuditTable)[];
