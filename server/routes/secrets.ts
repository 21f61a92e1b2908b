/** `/admin/secrets`. */

import * as z from "zod";
import { SecretUses } from "../../shared/api/secret_uses.ts";
import {
  CreatedSecret,
  CreateSecretRequest,
  DeletedSecret,
  ImportReport,
  ImportSecretsRequest,
  SecretListQuery,
  SecretSummary,
  SecretWithValue,
  UpdatedSecret,
  UpdateSecretRequest,
} from "../../shared/api/secrets.ts";
import { VaultError } from "../../shared/errors.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { SecretImportService } from "../services/secrets/secret_import.ts";
import type { SecretUseService } from "../services/secrets/secret_uses.ts";
import type { SecretService } from "../services/secrets/secrets.ts";

export function secretRoutes(
  secrets: SecretService,
  imports: SecretImportService,
  uses: SecretUseService,
): Routes {
  return {
    "GET /admin/secrets": adminEndpoint(
      { query: SecretListQuery, answer: z.array(SecretSummary) },
      ({ caller, query }) => secrets.list(caller, query),
    ),
    "POST /admin/secrets": adminEndpoint(
      { body: CreateSecretRequest, status: 201, answer: CreatedSecret },
      ({ caller, body }) => secrets.create(caller, body),
    ),
    "POST /admin/secrets/bulk": adminEndpoint(
      { body: ImportSecretsRequest, answer: ImportReport },
      ({ caller, body }) => imports.import(caller, body),
    ),
    "GET /admin/secrets/:id": adminEndpoint(
      { answer: SecretWithValue },
      async ({ caller, param, headOnly }) => {
        if (!headOnly) return await secrets.read(caller, param("id"));
        return Response.json(await secrets.describe(caller, param("id")));
      },
    ),
    "GET /admin/secrets/:id/uses": adminEndpoint(
      { answer: SecretUses },
      ({ caller, param }) => uses.read(caller, param("id")),
    ),
    "PUT /admin/secrets/:id": adminEndpoint(
      {
        body: UpdateSecretRequest,
        answer: UpdatedSecret,
        headers: {
          "If-Match": 'The version that the caller saw, such as `"3"`; `version` in the body goes before it',
        },
      },
      async ({ caller, body, param, incoming }) => {
        const version = body.version ?? versionOf(incoming.header("If-Match"));
        const id = param("id");
        return { updated: true, id, version: await secrets.update(caller, id, { ...body, version }) };
      },
    ),
    "DELETE /admin/secrets/:id": adminEndpoint({ answer: DeletedSecret }, async ({ caller, param }) => {
      const { grantsRemoved } = await secrets.delete(caller, param("id"));
      return { deleted: true, grants_removed: grantsRemoved };
    }),
  };
}

/** `If-Match: "3"`: the version as an entity tag (RFC 9110 section 13.1.1). `*` asks for any. */
function versionOf(tag: string | null): number | undefined {
  if (tag === null || tag.trim() === "*") return undefined;
  const digits = /^\s*"?([1-9]\d{0,9})"?\s*$/.exec(tag)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new VaultError(
    "request.invalid",
    'The header If-Match has to be the version of the secret, such as "3"',
  );
}
