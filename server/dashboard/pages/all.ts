/** Every page of the dashboard. */

import type { PageRoute } from "../page.ts";
import { approvalPages } from "./approvals.tsx";
import { devicePages } from "./device.tsx";
import { overviewPages } from "./overview.tsx";

export const ALL_PAGES: readonly PageRoute[] = [
  ...overviewPages,
  ...approvalPages,
  ...devicePages,
];
