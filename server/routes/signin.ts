/** `/signin`, `/welcome`, `/ui/signout` and `/admin/page-links`: into the dashboard, and out of it. */

import { PageLink } from "../../shared/api/page_links.ts";
import type { SecondFactorNeeded } from "../../shared/api/auth.ts";
import { VaultError } from "../../shared/errors.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import type { CallRoute, Dashboard } from "../dashboard/dashboard.tsx";
import { cookieOf, tokenOf } from "../dashboard/link_sessions.ts";
import { explained } from "../dashboard/problems.ts";
import {
  linkPage,
  secondStepPage,
  signedIn,
  signedOut,
  signInPage,
  welcomePage,
} from "../dashboard/signin.tsx";
import { languageOf, translator, type WordKey } from "../dashboard/words/words.ts";
import { readBody } from "../http/body.ts";
import { adminEndpoint, publicEndpoint } from "../http/endpoint.ts";
import type { Incoming } from "../http/incoming.ts";
import type { Routes } from "../http/mount.ts";
import type { PageLinkService } from "../services/accounts/page_links.ts";

const PAGE = { keyUser: false } as const;

/** Answer of `GET /auth/methods`, as far as a page looks at it. */
interface SignInMethods {
  readonly oidc: { readonly path: string } | null;
}

export interface SignInDeps {
  readonly links: PageLinkService;
  readonly dashboard: Dashboard;
  readonly call: CallRoute;
}

export function pageLinkRoutes(links: PageLinkService): Routes {
  return {
    "POST /admin/page-links": adminEndpoint(
      { status: 201, answer: PageLink },
      ({ caller }) => links.make(caller),
    ),
  };
}

export function signInRoutes({ links, dashboard, call }: SignInDeps): Routes {
  return {
    "GET /signin": publicEndpoint(
      PAGE,
      async ({ incoming }) => signInPage(incoming, { oidc: await oidcPath(call, incoming) }),
    ),
    "POST /signin": publicEndpoint(PAGE, ({ incoming }) => byPassword(call, incoming)),
    "POST /signin/second": publicEndpoint(PAGE, ({ incoming }) => bySecondStep(call, incoming)),
    "GET /signin/:code": publicEndpoint(
      PAGE,
      async ({ incoming, param }) => linkPage(incoming, links.isOpen(param("code"))),
    ),
    "POST /signin/:code": publicEndpoint(
      PAGE,
      ({ incoming, param }) => byLink(links, incoming, param("code")),
    ),
    "GET /welcome/:code": publicEndpoint(PAGE, async ({ incoming }) => welcomePage(incoming)),
    "POST /welcome/:code": publicEndpoint(
      PAGE,
      ({ incoming, param }) => byInvitation(call, incoming, param("code")),
    ),
    "POST /ui/signout": publicEndpoint(PAGE, ({ incoming }) => signOut(links, dashboard, incoming)),
  };
}

/** @throws VaultError `auth.csrf` for a form of another site: nobody is signed in as somebody else behind their back */
async function formOf(incoming: Incoming): Promise<URLSearchParams> {
  const site = incoming.header("Sec-Fetch-Site");
  if (site !== null && site !== "same-origin" && site !== "none") {
    throw new VaultError(
      "auth.csrf",
      "This form comes from another site; open the page of this server itself",
    );
  }
  return new URLSearchParams(fromUtf8(await readBody(incoming.raw)) ?? "");
}

type Step = "POST /auth/signin" | "POST /auth/signin/recovery-code" | "POST /auth/invitations/accept";

/** One step of signing in; what is refused is shown by `again`. */
async function step(
  call: CallRoute,
  incoming: Incoming,
  { key, body, again }: {
    readonly key: Step;
    readonly body: unknown;
    readonly again: (problem: string) => Response;
  },
): Promise<Response> {
  try {
    const caller = { kind: "anonymous", origin: incoming.origin } as const;
    const answer = await call(key, { caller, incoming, body });
    if (answer instanceof Response) return signedIn(incoming, answer.headers.get("Set-Cookie") ?? "");
    return secondStepPage(incoming, (answer as SecondFactorNeeded).ticket);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return again(explained(translator(languageOf(incoming)), error));
  }
}

async function oidcPath(call: CallRoute, incoming: Incoming): Promise<string | null> {
  const caller = { kind: "anonymous", origin: incoming.origin } as const;
  const { oidc } = await call("GET /auth/methods", { caller, incoming }) as SignInMethods;
  return oidc?.path ?? null;
}

async function byPassword(call: CallRoute, incoming: Incoming): Promise<Response> {
  const form = await formOf(incoming);
  const email = form.get("email") ?? "";
  const oidc = await oidcPath(call, incoming);
  return await step(call, incoming, {
    key: "POST /auth/signin",
    body: { email, password: form.get("password") ?? "" },
    again: (problem) => signInPage(incoming, { refused: { problem, email }, oidc }),
  });
}

async function bySecondStep(call: CallRoute, incoming: Incoming): Promise<Response> {
  const form = await formOf(incoming);
  const ticket = form.get("ticket") ?? "";
  return await step(call, incoming, {
    key: "POST /auth/signin/recovery-code",
    body: { ticket, code: form.get("code") ?? "" },
    again: (problem) => secondStepPage(incoming, ticket, { problem }),
  });
}

async function byInvitation(call: CallRoute, incoming: Incoming, code: string): Promise<Response> {
  const form = await formOf(incoming);
  const [email, password] = [(form.get("email") ?? "").trim(), form.get("password") ?? ""];
  const again = (problem: string) => welcomePage(incoming, { problem, email });
  if (password !== form.get("again")) return again(wordsOf(incoming, "keys.differ"));
  const body = { code, password, ...(email === "" ? {} : { email }) };
  return await step(call, incoming, { key: "POST /auth/invitations/accept", body, again });
}

function wordsOf(incoming: Incoming, key: WordKey): string {
  return translator(languageOf(incoming))(key);
}

async function byLink(links: PageLinkService, incoming: Incoming, code: string): Promise<Response> {
  try {
    const { token } = await links.open(code, incoming.origin);
    return signedIn(incoming, cookieOf(incoming, token));
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== "auth.invalid") throw error;
    return linkPage(incoming, false);
  }
}

/** A session of a link ends here, one of a person by their account. */
async function signOut(links: PageLinkService, dashboard: Dashboard, incoming: Incoming): Promise<Response> {
  const token = tokenOf(incoming);
  if (token === undefined || links.find(token) === undefined) return await dashboard.answer(incoming);
  const form = await formOf(incoming);
  await links.end(token, form.get("_csrf") ?? "", incoming.origin);
  return signedOut(cookieOf(incoming, undefined));
}
