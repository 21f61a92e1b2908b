/** `/admin/secrets/:id/versions` and `/rollback`. */

import {
  DestroyedVersions,
  PruneQuery,
  RollbackRequest,
  RolledBackSecret,
  SecretVersionList,
  SecretVersionWithValue,
} from "../../shared/api/secret_versions.ts";
import { VaultError } from "../../shared/errors.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { SecretVersionService } from "../services/secrets/secret_versions.ts";

export function secretVersionRoutes(versions: SecretVersionService): Routes {
  return {
    "GET /admin/secrets/:id/versions": adminEndpoint(
      { answer: SecretVersionList },
      ({ caller, param }) => versions.list(caller, param("id")),
    ),
    "DELETE /admin/secrets/:id/versions": adminEndpoint(
      { query: PruneQuery, answer: DestroyedVersions },
      ({ caller, param, query }) => versions.prune(caller, param("id"), query.keep),
    ),
    "GET /admin/secrets/:id/versions/:version": adminEndpoint(
      { answer: SecretVersionWithValue },
      async ({ caller, param, headOnly }) => {
        if (!headOnly) return await versions.read(caller, param("id"), versionOf(param("version")));
        return Response.json(await versions.list(caller, param("id")));
      },
    ),
    "DELETE /admin/secrets/:id/versions/:version": adminEndpoint(
      { answer: DestroyedVersions },
      ({ caller, param }) => versions.destroy(caller, param("id"), versionOf(param("version"))),
    ),
    "POST /admin/secrets/:id/rollback": adminEndpoint(
      { body: RollbackRequest, answer: RolledBackSecret },
      ({ caller, param, body }) => versions.rollBack(caller, param("id"), body),
    ),
  };
}

/** @throws VaultError `request.invalid` */
function versionOf(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new VaultError("request.invalid", "The version in the address is not a number such as 3");
}
