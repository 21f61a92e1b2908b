/** The pages before a session: how one is opened, and the one button of a one-time link. A look at a link uses nothing up. */

import type { Incoming } from "../http/incoming.ts";
import { html, localPath, seeOther } from "./answers.ts";
import { lone } from "./layout.tsx";
import { Note } from "./pieces.tsx";
import { languageOf, translator } from "./words/words.ts";

/** Says how to sign in. */
export function signInPage(incoming: Incoming): Response {
  const language = languageOf(incoming);
  const t = translator(language);
  const body = (
    <>
      <h1>{t("signin.title")}</h1>
      <p>{t("signin.lead")}</p>
      <pre>cortex admin dashboard --url {incoming.url.origin}</pre>
      <p class="quiet small">{t("signin.never")}</p>
    </>
  );
  return html(lone({ language, title: t("signin.title"), body }));
}

/** The page of a one-time link. */
export function linkPage(incoming: Incoming, isOpen: boolean): Response {
  const language = languageOf(incoming);
  const t = translator(language);
  const next = localPath(incoming.url.searchParams.get("next"), "/ui/overview");
  const body = (
    <>
      <h1>{t("signin.title")}</h1>
      {isOpen
        ? (
          <form
            method="post"
            action={`${incoming.url.pathname}?next=${encodeURIComponent(next)}`}
            class="stack"
          >
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
  );
  return html(lone({ language, title: t("signin.title"), body }), isOpen ? 200 : 404);
}

/** Into the dashboard, with the cookie. */
export function signedIn(incoming: Incoming, cookie: string): Response {
  const answer = seeOther(localPath(incoming.url.searchParams.get("next"), "/ui/overview"));
  answer.headers.set("Set-Cookie", cookie);
  return answer;
}

/** Out of it. */
export function signedOut(cookie: string): Response {
  const answer = seeOther("/signin");
  answer.headers.set("Set-Cookie", cookie);
  return answer;
}
