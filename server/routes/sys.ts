/** `/sys`: the vault's seal, as long as it is open. */

import { SealStatus, UnsealRequest } from "../../shared/api/seal.ts";
import { adminEndpoint, publicEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { SealService } from "../services/keys/seal.ts";

export function sysRoutes(seal: SealService): Routes {
  return {
    "GET /sys/seal-status": publicEndpoint({ answer: SealStatus }, ({ caller }) => seal.status(caller)),
    // There is nothing to open, so nothing of the body is read.
    "POST /sys/unseal": publicEndpoint(
      { bodyWhileSealed: UnsealRequest, answer: SealStatus },
      ({ caller }) => seal.status(caller),
    ),
    "POST /sys/seal": adminEndpoint(
      { keyUser: false, answer: SealStatus },
      ({ caller }) => seal.seal(caller),
    ),
  };
}
