/** Wire schemas of the admin's namespaces. */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import { description } from "./text.ts";

/** Body of `POST /admin/namespaces`. */
export const CreateNamespaceRequest = z.object({ name: z.string().min(1), description });
export type CreateNamespaceRequest = z.infer<typeof CreateNamespaceRequest>;

/** Body of `PUT /admin/namespaces/:name`: what is absent or `null` stays. */
export const UpdateNamespaceRequest = z.object({
  description,
  two_people: z.boolean().nullish().describe("Two people have to approve what its agents ask for."),
});
export type UpdateNamespaceRequest = z.infer<typeof UpdateNamespaceRequest>;

/** One row of `GET /admin/namespaces`. */
export const NamespaceSummary = z.object({
  name: z.string(),
  description: z.string().nullable(),
  two_people: z.boolean(),
  created_at: z.string(),
});
export type NamespaceSummary = Frozen<z.infer<typeof NamespaceSummary>>;

/** Answer of `POST /admin/namespaces`. */
export const CreatedNamespace = NamespaceSummary.pick({ name: true, description: true });

/** Answer of `DELETE /admin/namespaces/:name`. */
export const DeletedNamespace = z.object({ deleted: z.literal(true), name: z.string() });
