/** `POST /daemon/attest`. */

import { DaemonAttestRequest, DaemonAttestResponse } from "../../shared/api/daemon.ts";
import { daemonEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { DaemonAttestService } from "../services/hosts/daemon_attest.ts";

export function daemonAttestRoutes(attest: DaemonAttestService): Routes {
  return {
    "POST /daemon/attest": daemonEndpoint(
      { body: DaemonAttestRequest, answer: DaemonAttestResponse },
      async ({ caller, body, spend }) => {
        spend("attest_agent", caller.agent.id);
        return await attest.attest(caller, body);
      },
    ),
  };
}
