/** `/admin/rotate-key`: rotation of the KEK, and how far it is. */

import { KekRotationProgress, RotateKeyAnswer, RotateKeyRequest } from "../../shared/api/kek_rotation.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { KekRotationService } from "../services/keys/kek_rotation.ts";

export function rotateKeyRoutes(rotation: KekRotationService): Routes {
  return {
    "GET /admin/rotate-key": adminEndpoint(
      { answer: KekRotationProgress },
      ({ caller }) => rotation.progress(caller),
    ),
    "POST /admin/rotate-key": adminEndpoint(
      { body: RotateKeyRequest, keyUser: false, answer: RotateKeyAnswer, otherStatus: 202 },
      async ({ caller, body }) => {
        const answer = await rotation.rotate(caller, body);
        return answer.rotated ? answer : Response.json(answer, { status: 202 });
      },
    ),
  };
}
