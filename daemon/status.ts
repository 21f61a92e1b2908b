/** The answer to `status`: everything that helps a person, and no token (lesson B3). */

import { formatTimestamp, type Instant, SECOND } from "../shared/clock.ts";
import { toWireError } from "../shared/errors.ts";
import type { ProtectionStep } from "../shared/os/protection.ts";
import type { StatusAnswer } from "../shared/socket/messages.ts";
import { VERSION } from "../shared/version.ts";
import type { ProjectTokens } from "./projects.ts";
import type { SessionKeeper } from "./session.ts";
import type { Timers } from "./timers.ts";

export interface StatusDeps {
  readonly sessions: SessionKeeper;
  readonly projects: ProjectTokens;
  readonly timers: Timers;
  readonly startedAt: Instant;
  readonly pid: number;
  readonly binarySha256: string;
  readonly hardening: readonly ProtectionStep[];
  readonly children: { readonly size: number };
}

export function statusAnswer(deps: StatusDeps): StatusAnswer {
  const { state, login, session, problem } = deps.sessions.view();
  const serverUrl = login?.serverUrl ?? "";
  return {
    ok: true,
    session: login === undefined ? null : {
      server_url: serverUrl,
      ...(login.expiresAt === undefined ? {} : { expires_at: formatTimestamp(login.expiresAt) }),
    },
    attest_session_id: session?.sessionId ?? "",
    agent_id: login?.agentId ?? "",
    server_url: serverUrl,
    version: VERSION,
    pid: deps.pid,
    uptime_seconds: Math.floor((deps.timers.now() - deps.startedAt) / SECOND),
    binary_sha256: deps.binarySha256,
    session_state: state,
    ...(session === undefined ? {} : { session_expires_at: formatTimestamp(session.expiresAt) }),
    ...(problem === undefined ? {} : { problem: toWireError(problem) }),
    hardening: deps.hardening,
    projects: deps.projects.known(login).map(({ project, expiresAt }) => ({
      project,
      token_expires_at: formatTimestamp(expiresAt),
    })),
    running_children: deps.children.size,
  };
}
