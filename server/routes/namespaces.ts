/** `/admin/namespaces`. */

import * as z from "zod";
import {
  CreatedNamespace,
  CreateNamespaceRequest,
  DeletedNamespace,
  NamespaceSummary,
  UpdateNamespaceRequest,
} from "../../shared/api/namespaces.ts";
import { PageQuery } from "../../shared/api/page.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { NamespaceService } from "../services/namespaces.ts";

export function namespaceRoutes(namespaces: NamespaceService): Routes {
  return {
    "GET /admin/namespaces": adminEndpoint(
      { query: PageQuery, answer: z.array(NamespaceSummary) },
      ({ caller, query }) => namespaces.list(caller, query),
    ),
    "POST /admin/namespaces": adminEndpoint(
      { body: CreateNamespaceRequest, status: 201, answer: CreatedNamespace },
      ({ caller, body }) => namespaces.create(caller, body),
    ),
    "PUT /admin/namespaces/:name": adminEndpoint(
      { body: UpdateNamespaceRequest, answer: NamespaceSummary },
      ({ caller, body, param }) => namespaces.update(caller, param("name"), body),
    ),
    "DELETE /admin/namespaces/:name": adminEndpoint(
      { answer: DeletedNamespace },
      async ({ caller, param }) => {
        const name = param("name");
        await namespaces.delete(caller, name);
        return { deleted: true, name };
      },
    ),
  };
}
