/**
 * The way of every request for a page: session, then the form's own secret, then the page, which asks the API. What the API
 * refuses is shown as a page; so is a bug, of which the page has nothing but the request id.
 */

import { equalTexts } from "../../shared/crypto/hash.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import { httpStatus, VaultError } from "../../shared/errors.ts";
import type { Caller } from "../caller.ts";
import type { RouteKey } from "../access_table.ts";
import { readBody } from "../http/body.ts";
import type { RequestLog } from "../http/adapter.ts";
import type { Incoming } from "../http/incoming.ts";
import { type ApiCall, type CallApi } from "./api.ts";
import { html, localPath, seeOther } from "./answers.ts";
import { framed, lone } from "./layout.tsx";
import { GoTo, type PageAnswer, type PageContext, type PageRoute, type PageView } from "./page.ts";
import { ALL_PAGES } from "./pages/all.ts";
import { Note } from "./pieces.tsx";
import { explained } from "./problems.ts";
import type { PageSession, PageSessions } from "./session.ts";
import { isLanguage, languageOf, translator } from "./words/words.ts";

/** Calls a route of the API for a caller; see `Adapter.call`. */
export type CallRoute = (
  key: RouteKey,
  call: ApiCall & { readonly caller: Caller; readonly incoming: Incoming },
) => Promise<unknown>;

export interface DashboardDeps {
  readonly log: Pick<RequestLog, "error">;
  readonly sessions: PageSessions;
  readonly call: CallRoute;
}

export class Dashboard {
  readonly #deps: DashboardDeps;

  constructor(deps: DashboardDeps) {
    this.#deps = deps;
  }

  /** A page at an address below `/ui/`. */
  async answer(incoming: Incoming): Promise<Response> {
    if (incoming.url.pathname === "/ui/language") return changeLanguage(incoming);
    try {
      const session = await this.#deps.sessions.find(incoming);
      if (session === undefined) return toSignIn(incoming);
      const context = await this.#context(incoming, session);
      const found = findPage(incoming);
      if (found === undefined) return await this.#show(context, notFound(context));
      const { page, params } = found;
      return await this.#give(page, { ...context, param: (name) => params.get(name) ?? "" });
    } catch (error) {
      return failed(incoming, error instanceof VaultError ? error : this.#fault(incoming, error));
    }
  }

  #fault({ requestId }: Incoming, error: unknown): VaultError {
    this.#deps.log.error("request failed", { request_id: requestId, action: "page", error });
    return new VaultError("server.internal", "The page failed inside the server");
  }

  async #give(page: PageRoute, context: PageContext): Promise<Response> {
    try {
      return await this.#finish(context, await page.run(context));
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      return await this.#show(context, refused(context, error));
    }
  }

  async #finish(context: PageContext, answer: PageAnswer): Promise<Response> {
    if (answer instanceof Response) return answer;
    if (!(answer instanceof GoTo)) return await this.#show(context, answer);
    const to = new URL(answer.path, context.url);
    if (answer.done !== undefined) to.searchParams.set("done", answer.done);
    return seeOther(to.pathname + to.search + to.hash);
  }

  async #show(context: PageContext, view: PageView): Promise<Response> {
    const waiting = await context.api("GET /admin/waiting", { audited: false })
      .then(({ total }) => total, () => 0);
    return html(framed({ context, view, waiting }), view.status);
  }

  async #context(incoming: Incoming, session: PageSession): Promise<PageContext> {
    const form = incoming.method === "POST" ? await readForm(incoming, session) : new URLSearchParams();
    const language = languageOf(incoming);
    const { url } = incoming;
    return {
      api: this.#api(incoming, session),
      session,
      language,
      t: translator(language),
      url,
      form,
      refresh: incoming.header("HX-Request") === "true",
      param: () => "",
      query: (name) => url.searchParams.get(name) ?? "",
    };
  }

  #api(incoming: Incoming, { caller }: PageSession): CallApi {
    const { call } = this.#deps;
    // What a route answers is written down in `Answers`; the routes themselves promise no type.
    return ((key: RouteKey, given: ApiCall = {}) => call(key, { ...given, caller, incoming })) as CallApi;
  }
}

interface Found {
  readonly page: PageRoute;
  readonly params: ReadonlyMap<string, string>;
}

function findPage(incoming: Incoming): Found | undefined {
  const method = incoming.method === "HEAD" ? "GET" : incoming.method;
  const parts = incoming.url.pathname.split("/");
  for (const page of ALL_PAGES) {
    const params = page.method === method ? matched(page.path.split("/"), parts) : undefined;
    if (params !== undefined) return { page, params };
  }
  return undefined;
}

function matched(pattern: readonly string[], parts: readonly string[]): Map<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params = new Map<string, string>();
  for (const [at, wanted] of pattern.entries()) {
    const part = parts[at] ?? "";
    if (wanted.startsWith(":") && part !== "") params.set(wanted.slice(1), decodeURIComponent(part));
    else if (wanted !== part) return undefined;
  }
  return params;
}

/** @throws VaultError where the form was not made for this session, or comes from another site */
async function readForm(incoming: Incoming, { csrf }: PageSession): Promise<URLSearchParams> {
  const site = incoming.header("Sec-Fetch-Site");
  const form = new URLSearchParams(fromUtf8(await readBody(incoming.raw)) ?? "");
  const isOurs = (site === null || site === "same-origin") && equalTexts(form.get("_csrf") ?? "", csrf);
  if (isOurs) return form;
  throw new VaultError(
    "auth.csrf",
    "This form is not of your present session; go back, load the page anew and send it again",
  );
}

function toSignIn({ url, method }: Incoming): Response {
  const next = method === "GET" ? `?next=${encodeURIComponent(url.pathname + url.search)}` : "";
  return seeOther(`/signin${next}`);
}

function changeLanguage({ url }: Incoming): Response {
  const to = url.searchParams.get("to") ?? "";
  const answer = seeOther(localPath(url.searchParams.get("back"), "/ui/overview"));
  if (isLanguage(to)) {
    answer.headers.set("Set-Cookie", `lang=${to}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly`);
  }
  return answer;
}

function notFound({ t }: PageContext): PageView {
  const body = (
    <>
      <h1>{t("error.no_page")}</h1>
      <p>
        <a href="/ui/overview">{t("error.to_overview")}</a>
      </p>
    </>
  );
  return { title: t("error.no_page"), nav: "overview", body, status: 404 };
}

/** The page that a form was on: its address is the form's without the verb at its end. */
function backFrom(path: string): string {
  return path.replace(
    /(?:\/versions\/\d+)?\/(?:value|rotate|signing|backup|enable|invite|tokens|codes|passkeys\/[^/]+\/remove)$/,
    "",
  );
}

/** What the API refused, with what to do next. */
function refused({ t, url }: PageContext, error: VaultError): PageView {
  const body = (
    <>
      <h1>{t("error.refused")}</h1>
      <Note tone="bad">{explained(t, error)}</Note>
      <p>
        {error.code === "auth.proof_too_old"
          ? (
            <a class="button primary" href={`/ui/prove?next=${encodeURIComponent(backFrom(url.pathname))}`}>
              {t("prove.title")}
            </a>
          )
          : <a href={backFrom(url.pathname)}>{t("error.again")}</a>} ·{" "}
        <a href="/ui/overview">{t("error.to_overview")}</a>
      </p>
    </>
  );
  return { title: t("error.refused"), nav: "overview", body, status: httpStatus(error.code) };
}

function failed(incoming: Incoming, error: VaultError): Response {
  const language = languageOf(incoming);
  const t = translator(language);
  const body = (
    <>
      <h1>{t("error.refused")}</h1>
      <Note tone="bad">{explained(t, error)}</Note>
      <p class="small quiet">{t("error.request_id", { id: incoming.requestId })}</p>
      <p>
        <a href="/ui/overview">{t("error.to_overview")}</a>
      </p>
    </>
  );
  return html(lone({ language, title: t("error.refused"), url: incoming.url, body }), httpStatus(error.code));
}
