/**
 * The pages before a session: password, second step, invitation, and the one button of a one-time link. None asks for the admin
 * token (lesson B17); what was typed into a field for a secret is never sent back.
 */

import type { Incoming } from "../http/incoming.ts";
import { html, localPath, seeOther } from "./answers.ts";
import { TextField } from "./fields.tsx";
import { lone } from "./layout.tsx";
import type { Html } from "./page.ts";
import { PasskeyButton } from "./passkey.tsx";
import { Note } from "./pieces.tsx";
import { languageOf, type Translate, translator } from "./words/words.ts";

/** What is shown again of a step that was refused. */
export interface Refused {
  readonly problem: string;
  readonly email?: string;
}

/** Where somebody wanted to go before they were asked who they are. */
function nextOf({ url }: Incoming): string {
  return localPath(url.searchParams.get("next"), "/ui/overview");
}

function actionOf(incoming: Incoming, path: string): string {
  return `${path}?next=${encodeURIComponent(nextOf(incoming))}`;
}

function shown(incoming: Incoming, body: (t: Translate) => Html, status = 200): Response {
  const language = languageOf(incoming);
  const t = translator(language);
  return html(lone({ language, title: t("signin.title"), url: incoming.url, body: body(t) }), status);
}

export interface SignInFacts {
  readonly refused?: Refused;
  /** Where signing in by a provider of OpenID Connect begins; null where there is none. */
  readonly oidc: string | null;
}

/** E-mail address and password; the other ways in beneath. */
export function signInPage(incoming: Incoming, { refused, oidc }: SignInFacts): Response {
  return shown(incoming, (t) => (
    <>
      <h1>{t("signin.title")}</h1>
      {refused === undefined ? null : <Note tone="bad">{refused.problem}</Note>}
      <form method="post" action={actionOf(incoming, "/signin")} class="stack">
        <TextField
          name="email"
          type="email"
          label={t("signin.email")}
          value={refused?.email}
          complete="username"
          required
          autofocus
        />
        <TextField
          name="password"
          type="password"
          label={t("signin.password")}
          complete="current-password"
          required
        />
        <button class="primary" type="submit">{t("signin.now")}</button>
      </form>
      <PasskeyButton
        t={t}
        kind="get"
        path="/auth/signin/passkey"
        next={nextOf(incoming)}
        label={t("passkey.sign_in")}
      />
      {oidc === null ? null : <a class="button" href={actionOf(incoming, oidc)}>{t("signin.oidc")}</a>}
      <details>
        <summary>{t("signin.other")}</summary>
        <div class="stack">
          <p>{t("signin.lead")}</p>
          <pre>cortex admin dashboard --url {incoming.url.origin}</pre>
          <p class="quiet small">{t("signin.never")}</p>
        </div>
      </details>
    </>
  ), refused === undefined ? 200 : 401);
}

/** After a password that was right and is not enough. */
export function secondStepPage(incoming: Incoming, ticket: string, refused?: Refused): Response {
  return shown(incoming, (t) => (
    <>
      <h1>{t("signin.second")}</h1>
      {refused === undefined ? null : <Note tone="bad">{refused.problem}</Note>}
      <PasskeyButton
        t={t}
        kind="get"
        path="/auth/signin/passkey"
        next={nextOf(incoming)}
        ticket={ticket}
        label={t("passkey.sign_in")}
      />
      <form method="post" action={actionOf(incoming, "/signin/second")} class="stack">
        <input type="hidden" name="ticket" value={ticket} />
        <TextField
          name="code"
          label={t("signin.recovery_code")}
          hint={t("signin.recovery_hint")}
          complete="one-time-code"
          mono
          required
          autofocus
        />
        <button class="primary" type="submit">{t("signin.now")}</button>
      </form>
      <p>
        <a href="/signin">{t("signin.anew")}</a>
      </p>
    </>
  ), refused === undefined ? 200 : 401);
}

/** Of an invitation: whoever has the link sets the password. */
export function welcomePage(incoming: Incoming, refused?: Refused): Response {
  return shown(incoming, (t) => (
    <>
      <h1>{t("welcome.title")}</h1>
      <p>{t("welcome.lead")}</p>
      {refused === undefined ? null : <Note tone="bad">{refused.problem}</Note>}
      <form method="post" class="stack">
        <TextField
          name="email"
          type="email"
          label={t("signin.email")}
          hint={t("welcome.email_hint")}
          value={refused?.email}
          complete="username"
        />
        <TextField
          name="password"
          type="password"
          label={t("welcome.password")}
          hint={t("welcome.password_hint")}
          complete="new-password"
          required
        />
        <TextField
          name="again"
          type="password"
          label={t("welcome.again")}
          complete="new-password"
          required
        />
        <button class="primary" type="submit">{t("welcome.now")}</button>
      </form>
    </>
  ), refused === undefined ? 200 : 400);
}

/** The page of a one-time link. A look at it uses nothing up. */
export function linkPage(incoming: Incoming, isOpen: boolean): Response {
  return shown(incoming, (t) => (
    <>
      <h1>{t("signin.title")}</h1>
      {isOpen
        ? (
          <form method="post" action={actionOf(incoming, incoming.url.pathname)} class="stack">
            <p>{t("signin.link")}</p>
            <button class="primary" type="submit" autofocus>{t("signin.now")}</button>
          </form>
        )
        : (
          <>
            <Note tone="bad">{t("signin.over")}</Note>
            <pre>cortex admin dashboard --url {incoming.url.origin}</pre>
          </>
        )}
    </>
  ), isOpen ? 200 : 404);
}

/** Into the dashboard, with the cookie. */
export function signedIn(incoming: Incoming, cookie: string): Response {
  const answer = seeOther(nextOf(incoming));
  answer.headers.set("Set-Cookie", cookie);
  return answer;
}

/** Out of it. */
export function signedOut(cookie: string): Response {
  const answer = seeOther("/signin");
  answer.headers.set("Set-Cookie", cookie);
  return answer;
}
