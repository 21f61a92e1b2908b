/** `/project/ssh-keys`: what the SSH agent of a daemon asks for. */

import { SshKeysResponse, SshSignRequest, SshSignResponse } from "../../shared/api/ssh_keys.ts";
import { projectEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { ProjectSshKeyService } from "../services/release/project_ssh_keys.ts";

export function projectSshKeyRoutes(keys: ProjectSshKeyService): Routes {
  return {
    "GET /project/ssh-keys/:project": projectEndpoint(
      { answer: SshKeysResponse },
      ({ caller }) => keys.list(caller),
    ),
    "POST /project/ssh-keys/:project/sign": projectEndpoint(
      { body: SshSignRequest, answer: SshSignResponse },
      ({ caller, body }) => keys.sign(caller, body),
    ),
  };
}
