/** `/project/sign`: signatures by keys that stay here. */

import { SignRequest, SignResponse } from "../../shared/api/sign.ts";
import { projectEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { ProjectSignService } from "../services/release/project_sign.ts";

export function projectSignRoutes(signer: ProjectSignService): Routes {
  return {
    "POST /project/sign/:project": projectEndpoint(
      { body: SignRequest, answer: SignResponse },
      ({ caller, body }) => signer.sign(caller, body),
    ),
  };
}
