/** Wire schemas of one-time links into the dashboard. */

import * as z from "zod";

/** Answer of `POST /admin/page-links`. */
export const PageLink = z.object({
  path: z.string().regex(/^\/signin\/[0-9a-f]{64}$/).describe("Below the server's address; it works once."),
  expires_at: z.string(),
});
export type PageLink = z.infer<typeof PageLink>;
