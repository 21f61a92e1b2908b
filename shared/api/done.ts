/** Wire schemas of answers that say no more than that something was done. */

import * as z from "zod";

const id = z.string();

export const Deleted = z.object({ deleted: z.literal(true) });
export const DeletedById = Deleted.extend({ id });
export const UpdatedById = z.object({ updated: z.literal(true), id });
export const DeniedById = z.object({ denied: z.literal(true), id });
export const EndedById = z.object({ ended: z.literal(true), id });
export const RevokedById = z.object({ revoked: z.literal(true), id });
export const RemovedById = z.object({ removed: z.literal(true), id });
