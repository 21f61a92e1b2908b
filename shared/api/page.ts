/** Paging of lists: `?limit=&cursor=`, the next page in a `Link` header. The cursor is opaque to clients. */

import { z } from "zod";

/** The predecessor's longest list; what a client that asks for no page gets. */
export const MAX_PAGE = 1_000;

/** Query of every list. A query's values are texts, hence the conversion. */
export const PageQuery = z.object({
  limit: z.string().regex(/^\d{1,4}$/).transform(Number).pipe(z.int().min(1).max(MAX_PAGE)).default(MAX_PAGE),
  cursor: z.string().min(1).max(1_024).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;
