/** What a person sees of a login, and what a program reads with `--json`: link, code, fingerprint, and the end. */

import type { DeviceAuthorizeResponse } from "../shared/api/device.ts";
import type { DaemonSession } from "../shared/client/session_file.ts";
import type { CliContext } from "./context.ts";
import { openLink } from "./open_link.ts";
import type { FlowTools } from "./device_flow.ts";
import type { Reloaded } from "./reload.ts";

export interface ViewOptions {
  readonly browser: boolean;
  readonly json?: true | undefined;
}

export class LoginView {
  readonly #baseUrl: string;
  readonly #options: ViewOptions;
  readonly #context: CliContext;
  #lastTrouble = "";

  constructor(baseUrl: string, options: ViewOptions, context: CliContext) {
    this.#baseUrl = baseUrl;
    this.#options = options;
    this.#context = context;
  }

  /** The parts that the flow calls while it waits. */
  hooks(): Pick<FlowTools, "onWait" | "onTrouble"> {
    const { terminal } = this.#context;
    return {
      onWait: (left) => terminal.progress(`Waiting for an admin's approval, ${clockText(left)} left`),
      onTrouble: (message) => {
        if (message !== this.#lastTrouble) terminal.warn(`${message}; still waiting`);
        this.#lastTrouble = message;
      },
    };
  }

  /** Shows code, link and fingerprint; opens the link where a person can see it. */
  async show(device: DeviceAuthorizeResponse, agentId: string, fingerprint: string): Promise<void> {
    const link = this.#link(device);
    if (this.#options.json) {
      this.#context.terminal.json({
        status: "waiting_for_approval",
        user_code: device.user_code,
        verification_uri: this.#baseUrl + device.verification_uri,
        verification_uri_complete: link,
        expires_in: device.expires_in,
        agent_id: agentId,
        fingerprint,
      });
    } else await this.#showText(device, agentId, fingerprint, link);
  }

  /** Says that the login is done and what comes next. */
  done(session: DaemonSession, file: string, reloaded: Reloaded): void {
    const { terminal } = this.#context;
    const { access_token: _, ...facts } = session;
    if (this.#options.json) terminal.json({ ok: true, status: "logged_in", ...facts, daemon: reloaded });
    else {
      terminal.note(
        `${
          terminal.paint("green", "Logged in")
        } to ${session.server_url} as ${session.agent_id}, until ${session.expires_at} UTC`,
      );
      terminal.note(`Server key: ${session.server_fingerprint} (remembered; a change will be told)`);
      terminal.note(`Session: ${file}`);
      terminal.note(NEXT[reloaded]);
    }
  }

  async #showText(
    device: DeviceAuthorizeResponse,
    agentId: string,
    fingerprint: string,
    link: string,
  ): Promise<void> {
    const { terminal } = this.#context;
    // The predecessor's line: scripts look for it.
    terminal.note(
      `visit ${this.#baseUrl}${device.verification_uri} and approve user_code: ${device.user_code}`,
    );
    terminal.note("");
    terminal.note(`  Code         ${terminal.paint("bold", device.user_code)}`);
    terminal.note(`  Link         ${terminal.paint("cyan", link)}`);
    terminal.note(`  Agent        ${agentId}`);
    terminal.note(`  Fingerprint  ${fingerprint}`);
    terminal.note("  The admin sees the same fingerprint: approve only if they match\n");
    if (!terminal.interactive) return;
    const { renderUnicodeCompact } = await import("uqr");
    terminal.note(`${renderUnicodeCompact(link, { border: 1 })}\n`);
    if (this.#options.browser) openLink(link, this.#context);
  }

  /** Only a link to the server itself: whatever the answer says, the browser goes nowhere else. */
  #link(device: DeviceAuthorizeResponse): string {
    const uri = device.verification_uri_complete ?? device.verification_uri;
    const url = URL.parse(uri.startsWith("/") ? this.#baseUrl + uri : uri);
    const sameServer = url !== null && url.origin === new URL(this.#baseUrl).origin;
    return sameServer ? url.href : `${this.#baseUrl}/device`;
  }
}

const NEXT: Readonly<Record<Reloaded, string>> = {
  reloaded: "The daemon took the new login over; next: cortex run --project NAME -- COMMAND",
  not_running: "Next: cortex daemon start",
  failed: "The daemon did not take the new login over; next: cortex daemon stop, then cortex daemon start",
};

function clockText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
