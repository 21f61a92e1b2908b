/** Sessions of one-time links as the pages know them: a cookie that scripts cannot read, and the secret of its forms. */

import { adminTokenCaller } from "../caller.ts";
import type { Incoming } from "../http/incoming.ts";
import type { PageLinkService } from "../services/accounts/page_links.ts";
import type { PageSession, PageSessions } from "./session.ts";

/** With `__Host-` no other host or path can have set it; browsers take that over TLS only. */
const SECURE_NAME = "__Host-cortex-page";
const PLAIN_NAME = "cortex-page";

export class LinkSessions implements PageSessions {
  readonly #links: PageLinkService;

  constructor(links: PageLinkService) {
    this.#links = links;
  }

  async find(incoming: Incoming): Promise<PageSession | undefined> {
    const token = tokenOf(incoming);
    const holder = token === undefined ? undefined : this.#links.find(token);
    if (holder === undefined) return undefined;
    const { name, csrf, fresh } = holder;
    return { caller: adminTokenCaller(incoming.origin, { name, fresh }), name, csrf };
  }
}

/** The token in the cookie of a request. */
export function tokenOf(incoming: Incoming): string | undefined {
  const cookies = incoming.header("Cookie") ?? "";
  return new RegExp(`(?:^|;\\s*)${nameOf(incoming)}=([0-9a-f]{64})(?:;|$)`).exec(cookies)?.[1];
}

/** The header that sets it, or takes it away where there is no token. */
export function cookieOf(incoming: Incoming, token: string | undefined): string {
  const secure = isSecure(incoming) ? "; Secure" : "";
  const life = token === undefined ? "; Max-Age=0" : "";
  return `${nameOf(incoming)}=${token ?? ""}; Path=/; HttpOnly; SameSite=Lax${secure}${life}`;
}

function nameOf(incoming: Incoming): string {
  return isSecure(incoming) ? SECURE_NAME : PLAIN_NAME;
}

function isSecure({ url }: Incoming): boolean {
  return url.protocol === "https:";
}
