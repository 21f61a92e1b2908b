/** Wire schemas of the admin's namespaces. */

import { z } from "zod";
import { description } from "./text.ts";

/** Body of `POST /admin/namespaces`. */
export const CreateNamespaceRequest = z.object({ name: z.string().min(1), description });
export type CreateNamespaceRequest = z.infer<typeof CreateNamespaceRequest>;

/** Body of `PUT /admin/namespaces/:name`: what is absent or `null` stays. */
export const UpdateNamespaceRequest = z.object({
  description,
  /** Two people have to approve what its agents ask for. */
  two_people: z.boolean().nullish(),
});
export type UpdateNamespaceRequest = z.infer<typeof UpdateNamespaceRequest>;

/** One row of `GET /admin/namespaces`. */
export interface NamespaceSummary {
  readonly name: string;
  readonly description: string | null;
  readonly two_people: boolean;
  readonly created_at: string;
}
