/** `POST /admin/backup`: the whole vault, sealed, as a stream. */

import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { BackupService } from "../services/keys/backup.ts";

export function backupRoutes(backups: BackupService): Routes {
  return {
    "POST /admin/backup": adminEndpoint({ answerTypes: ["application/octet-stream"] }, async ({ caller }) => {
      const { archiveId, body } = await backups.begin(caller);
      return new Response(body, {
        headers: {
          "Content-Type": "application/octet-stream",
          "Content-Disposition": `attachment; filename="cortexauth-${archiveId}.backup"`,
        },
      });
    }),
  };
}
