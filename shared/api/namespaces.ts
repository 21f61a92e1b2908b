/** Wire schemas of the admin's namespaces. */

import { z } from "zod";
import { description } from "./text.ts";

/** Body of `POST /admin/namespaces`. */
export const CreateNamespaceRequest = z.object({ name: z.string().min(1), description });
export type CreateNamespaceRequest = z.infer<typeof CreateNamespaceRequest>;

/** One row of `GET /admin/namespaces`. */
export interface NamespaceSummary {
  readonly name: string;
  readonly description: string | null;
  readonly created_at: string;
}
