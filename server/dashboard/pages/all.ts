/** Every page of the dashboard. */

import type { PageRoute } from "../page.ts";
import { overviewPages } from "./overview.tsx";

export const ALL_PAGES: readonly PageRoute[] = [
  ...overviewPages,
];
