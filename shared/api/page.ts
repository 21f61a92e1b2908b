/** Paging of lists: `?limit=&cursor=`, the next page in a `Link` header. The cursor is opaque to clients. */

import * as z from "zod";

/** The predecessor's longest list; what a client that asks for no page gets. */
export const MAX_PAGE = 1_000;

const limit = z.string()
  .refine((text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_PAGE, {
    message: `has to be a number from 1 to ${MAX_PAGE}`,
  })
  .transform(Number)
  .meta({ type: "integer", minimum: 1, maximum: MAX_PAGE });

/** Query of every list. A query's values are texts, hence the conversion. */
export const PageQuery = z.object({
  limit: limit.default(MAX_PAGE).describe(`Rows of a page; ${MAX_PAGE} where it is left out.`),
  cursor: z.string().max(1_024).optional().describe("From the `Link` header of the page before."),
});
export type PageQuery = z.infer<typeof PageQuery>;
