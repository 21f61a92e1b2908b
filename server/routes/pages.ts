/**
 * Pages for people: what they load, and where `/` and `/device` lead. Who is not signed in is sent to the page that asks;
 * nobody is asked to type an admin token into a page that anybody can imitate (lesson B17).
 */

import { VaultError } from "../../shared/errors.ts";
import { assetAnswer } from "../dashboard/assets.ts";
import type { Dashboard } from "../dashboard/dashboard.tsx";
import { publicEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";

/** Pages wait for nothing that they hold themselves: each call of the API holds the keys for its own time. */
const PAGE = { keyUser: false } as const;

export function pageRoutes(dashboard: Dashboard): Routes {
  return {
    "GET /": publicEndpoint(PAGE, async () => goTo("/ui/overview")),
    "GET /device": publicEndpoint(PAGE, async ({ incoming }) => goTo(devicePage(incoming.url))),
    "GET /assets/:file": publicEndpoint(PAGE, async ({ param }) => {
      const asset = assetAnswer(param("file"));
      if (asset !== undefined) return asset;
      throw new VaultError("request.route_not_found", "There is nothing at this address; load the page anew");
    }),
    "GET /ui/*": publicEndpoint(PAGE, ({ incoming }) => dashboard.answer(incoming)),
    "POST /ui/*": publicEndpoint(PAGE, ({ incoming }) => dashboard.answer(incoming)),
  };
}

/** Nothing of the address goes on but a code of the form that ours have. */
function devicePage(url: URL): string {
  const code = url.searchParams.get("user_code") ?? "";
  return /^[A-Za-z0-9-]{1,16}$/.test(code) ? `/ui/device?user_code=${code}` : "/ui/device";
}

function goTo(path: string): Response {
  return new Response(null, { status: 303, headers: { Location: path } });
}
