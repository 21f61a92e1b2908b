/** `/admin/shamir`: recovery shares, under the predecessor's name. */

import { GeneratedShares, GenerateSharesRequest, RecoverySetList } from "../../shared/api/recovery.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { RecoveryShareService } from "../services/keys/recovery_shares.ts";

export function shamirRoutes(shares: RecoveryShareService): Routes {
  return {
    "GET /admin/shamir/sets": adminEndpoint({ answer: RecoverySetList }, ({ caller }) => shares.list(caller)),
    "POST /admin/shamir/generate": adminEndpoint(
      { body: GenerateSharesRequest, answer: GeneratedShares },
      ({ caller, body }) => shares.generate(caller, body),
    ),
  };
}
