/** The frame around every page: menu, who is signed in, language, what was just done. */

import type { Right } from "../access/roles.ts";
import { assetPath } from "./assets.ts";
import type { Html, NavKey, PageContext, PageView } from "./page.ts";
import { type Children, Note } from "./pieces.tsx";
import { type Language, type WordKey, wordKey } from "./words/words.ts";

interface NavGroup {
  readonly label: WordKey;
  /** The right without which a page has nothing to show. */
  readonly entries: readonly (readonly [NavKey, WordKey, Right])[];
}

const NAV: readonly NavGroup[] = [
  {
    label: "nav.today",
    entries: [["overview", "nav.overview", "metadata.read"], ["approvals", "nav.approvals", "access.decide"]],
  },
  {
    label: "nav.vault",
    entries: [
      ["secrets", "nav.secrets", "metadata.read"],
      ["projects", "nav.projects", "metadata.read"],
      ["namespaces", "nav.namespaces", "metadata.read"],
    ],
  },
  {
    label: "nav.machines",
    entries: [
      ["agents", "nav.agents", "metadata.read"],
      ["daemons", "nav.daemons", "vault.read"],
      ["policies", "nav.policies", "vault.read"],
    ],
  },
  {
    label: "nav.record",
    entries: [
      ["audit", "nav.audit", "audit.read"],
      ["usage", "nav.usage", "metadata.read"],
      ["reach", "nav.reach", "metadata.read"],
    ],
  },
  {
    label: "nav.server",
    entries: [
      ["notifications", "nav.notifications", "vault.read"],
      ["keys", "nav.keys", "vault.read"],
      ["people", "nav.people", "people.manage"],
      ["settings", "nav.settings", "vault.read"],
    ],
  },
];

/** For htmx: no code from text, no styles of its own, nothing kept of a page that was left. */
const HTMX_CONFIG = JSON.stringify({
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
});

interface DocumentProps {
  readonly language: Language;
  readonly title: string;
  readonly children?: Children;
}

function Document({ language, title, children }: DocumentProps) {
  return (
    <html lang={language === "zh" ? "zh-Hans" : "en"}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <title>{title}</title>
        <link rel="icon" href={assetPath("mark.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={assetPath("style.css")} />
        <script src={assetPath("htmx.js")} defer></script>
        <script src={assetPath("dashboard.js")} defer></script>
        <script src={assetPath("passkeys.js")} defer></script>
      </head>
      {children}
    </html>
  );
}

/** The mark before our name. */
export function Mark() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <rect x="2" y="2" width="20" height="20" rx="5" fill="currentColor" />
      <circle cx="12" cy="10" r="3.2" fill="none" stroke="#fff" stroke-width="1.8" />
      <path d="M12 13v5M12 16h2.5" stroke="#fff" stroke-width="1.8" fill="none" stroke-linecap="round" />
    </svg>
  );
}

interface MenuProps {
  readonly context: PageContext;
  readonly nav: NavKey;
  readonly waiting: number;
}

function Menu({ context: { t, session }, nav, waiting }: MenuProps) {
  const { rights } = session.caller.authority;
  const groups = NAV
    .map(({ label, entries }) => ({ label, entries: entries.filter(([, , right]) => rights.has(right)) }))
    .filter(({ entries }) => entries.length > 0);
  return (
    <nav aria-label={t("nav.label")}>
      {groups.map(({ label, entries }) => (
        <>
          <h2>{t(label)}</h2>
          <ul>
            {entries.map(([key, word]) => (
              <li>
                <a href={`/ui/${key}`} aria-current={key === nav ? "page" : undefined}>
                  {t(word)}
                  {key === "approvals" && waiting > 0
                    ? (
                      <span class="count">
                        {waiting}
                        <span class="unseen">{t("nav.waiting")}</span>
                      </span>
                    )
                    : null}
                </a>
              </li>
            ))}
          </ul>
        </>
      ))}
    </nav>
  );
}

function Languages({ language, url }: { readonly language: Language; readonly url: URL }) {
  const back = encodeURIComponent(plainAddress(url));
  return (
    <span class="row">
      {language === "en"
        ? <span lang="en">English</span>
        : <a href={`/ui/language?to=en&back=${back}`} lang="en" hreflang="en">English</a>}
      {language === "zh"
        ? <span lang="zh-Hans">中文</span>
        : <a href={`/ui/language?to=zh&back=${back}`} lang="zh-Hans" hreflang="zh-Hans">中文</a>}
    </span>
  );
}

/** Where the way back leads: an address of ours as it can be, and nothing else that somebody put into one. */
function plainAddress({ pathname, search }: URL): string {
  if (!/^\/[A-Za-z0-9_./-]*$/.test(pathname)) return "/ui/overview";
  return pathname.startsWith("/ui/") || /^\?[A-Za-z0-9_./=&%-]*$/.test(search) ? pathname + search : pathname;
}

export interface FrameProps {
  readonly context: PageContext;
  readonly view: PageView;
  /** How much waits for a person; in the menu. */
  readonly waiting: number;
}

/** A whole page with its menu. */
export function framed({ context, view, waiting }: FrameProps): Html {
  const { t, language, url, session } = context;
  const menu = <Menu context={context} nav={view.nav} waiting={waiting} />;
  const done = wordKey(context.query("done"));
  return (
    <Document language={language} title={`${view.title} · CortexAuth`}>
      <body>
        <a class="skip" href="#main">{t("frame.skip")}</a>
        <div class="frame">
          <header class="side">
            <a class="brand" href="/ui/overview">
              <Mark />
              CortexAuth
            </a>
            {menu}
            <details class="menu">
              <summary>{t("nav.menu")}</summary>
              {menu}
            </details>
          </header>
          <div>
            <div class="top">
              <Languages language={language} url={url} />
              <a href="/ui/account">{t("frame.signed_in", { name: session.name })}</a>
              <form method="post" action="/ui/signout">
                <input type="hidden" name="_csrf" value={session.csrf} />
                <button type="submit" class="link">{t("frame.sign_out")}</button>
              </form>
            </div>
            <main id="main" tabindex={-1}>
              {done?.startsWith("done.") === true ? <Note tone="good">{t(done)}</Note> : null}
              {view.body}
            </main>
          </div>
        </div>
      </body>
    </Document>
  );
}

interface LoneProps {
  readonly language: Language;
  readonly title: string;
  readonly url: URL;
  readonly body: Html;
}

/** A page for who is not signed in, or where nothing else can be shown. */
export function lone({ language, title, url, body }: LoneProps): Html {
  return (
    <Document language={language} title={`${title} · CortexAuth`}>
      <body class="lone">
        <main id="main" class="panel">
          <span class="brand">
            <Mark />
            CortexAuth
          </span>
          {body}
        </main>
        <footer class="lone-foot">
          <Languages language={language} url={url} />
        </footer>
      </body>
    </Document>
  );
}
