/** `/signin`, `/ui/signout` and `/admin/page-links`: into the dashboard by a one-time link, and out of it. */

import { cookieOf, tokenOf } from "../dashboard/link_sessions.ts";
import { linkPage, signedIn, signedOut, signInPage } from "../dashboard/signin.tsx";
import { VaultError } from "../../shared/errors.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import { readBody } from "../http/body.ts";
import { adminEndpoint, publicEndpoint } from "../http/endpoint.ts";
import type { Incoming } from "../http/incoming.ts";
import type { Routes } from "../http/mount.ts";
import type { PageLinkService } from "../services/page_links.ts";

const PAGE = { keyUser: false } as const;

export function pageLinkRoutes(links: PageLinkService): Routes {
  return {
    "POST /admin/page-links": adminEndpoint({ status: 201 }, ({ caller }) => links.make(caller)),
  };
}

export function signInRoutes(links: PageLinkService): Routes {
  return {
    "GET /signin": publicEndpoint(PAGE, async ({ incoming }) => signInPage(incoming)),
    "GET /signin/:code": publicEndpoint(
      PAGE,
      async ({ incoming, param }) => linkPage(incoming, links.isOpen(param("code"))),
    ),
    "POST /signin/:code": publicEndpoint(
      PAGE,
      ({ incoming, param }) => signIn(links, incoming, param("code")),
    ),
    "POST /ui/signout": publicEndpoint(PAGE, ({ incoming }) => signOut(links, incoming)),
  };
}

async function signIn(links: PageLinkService, incoming: Incoming, code: string): Promise<Response> {
  try {
    const { token } = await links.open(code, incoming.origin);
    return signedIn(incoming, cookieOf(incoming, token));
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== "auth.invalid") throw error;
    return linkPage(incoming, false);
  }
}

async function signOut(links: PageLinkService, incoming: Incoming): Promise<Response> {
  const form = new URLSearchParams(fromUtf8(await readBody(incoming.raw)) ?? "");
  const token = tokenOf(incoming);
  if (token !== undefined) await links.end(token, form.get("_csrf") ?? "", incoming.origin);
  return signedOut(cookieOf(incoming, undefined));
}
