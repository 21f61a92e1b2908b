/**
 * Where the agents that we know look for skills, as each documents it; `docs/agents.md` says where that was read. Null where an
 * agent documents no such place.
 */

export interface AgentPlaces {
  readonly title: string;
  /** Below the home directory. */
  readonly user: string;
  /** Below a project's directory. */
  readonly project: string | null;
}

export const AGENTS = {
  "claude-code": { title: "Claude Code", user: ".claude/skills", project: ".claude/skills" },
  codex: { title: "Codex CLI", user: ".agents/skills", project: ".agents/skills" },
  opencode: { title: "OpenCode", user: ".config/opencode/skills", project: ".opencode/skills" },
  openclaw: { title: "OpenClaw", user: ".openclaw/skills", project: "skills" },
  hermes: { title: "Hermes", user: ".hermes/skills", project: null },
} as const satisfies Readonly<Record<string, AgentPlaces>>;

export type AgentName = keyof typeof AGENTS;

export const AGENT_NAMES = Object.keys(AGENTS) as readonly AgentName[];
