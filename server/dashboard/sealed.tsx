/** What a browser sees of a sealed vault: that it is, and how it is opened. No page asks for the unseal password. */

import type { Incoming } from "../http/incoming.ts";
import { html } from "./answers.ts";
import { lone } from "./layout.tsx";
import { Note } from "./pieces.tsx";
import { languageOf, translator } from "./words/words.ts";

/** Whether the request comes from somebody who looks at pages. */
export function wantsPage(incoming: Incoming): boolean {
  return incoming.method === "GET" && (incoming.header("Accept") ?? "").includes("text/html");
}

export function sealedPage(incoming: Incoming): Response {
  const language = languageOf(incoming);
  const t = translator(language);
  const body = (
    <>
      <h1>{t("settings.sealed")}</h1>
      <Note tone="warn">{t("sealed.lead")}</Note>
      <p>{t("sealed.next")}</p>
      <pre>cortex admin unseal --url {incoming.url.origin}</pre>
      <p>
        <a href={incoming.url.pathname}>{t("error.again")}</a>
      </p>
    </>
  );
  return html(lone({ language, title: t("settings.sealed"), url: incoming.url, body }), 503);
}
