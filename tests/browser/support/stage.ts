/**
 * The dashboard in a real Chromium, over the whole server in this process: time stands still, seeds go straight into the
 * database, and each visitor is signed in as the name in their cookie. What a browser complains of is kept, and fails the test.
 */

import type { PageSessions } from "../../../server/dashboard/session.ts";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { adminTokenCaller } from "../../../server/caller.ts";
import { createHarness, type Harness } from "../../server/support/harness.ts";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"];

/** Why the tests cannot run here, or undefined. */
export async function noBrowser(): Promise<string | undefined> {
  const found = await Deno.stat(CHROMIUM).then(() => true, () => false);
  return found ? undefined : `there is no ${CHROMIUM}; install Debian's package chromium`;
}

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

export interface VisitOptions {
  readonly who?: string;
  readonly size?: typeof DESKTOP;
  readonly dark?: boolean;
  readonly language?: "en" | "zh";
  readonly script?: boolean;
}

/** Signed in by a cookie: how people sign in is another test's. */
const BY_COOKIE: PageSessions = {
  find: async (incoming) => {
    const name = /(?:^|;\s*)who=(\w+)/.exec(incoming.header("Cookie") ?? "")?.[1];
    if (name === undefined) return undefined;
    return { caller: adminTokenCaller(incoming.origin, { name }), csrf: `csrf-of-${name}`, name };
  },
};

/** A person at a browser of their own. */
export class Visit {
  readonly page: Page;
  /** What the browser complained of: errors of scripts, violations of the policy, requests to strangers. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #url: string;

  constructor(context: BrowserContext, page: Page, url: string) {
    this.#context = context;
    this.page = page;
    this.#url = url;
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith("data:")) {
        this.complaints.push(`asked a stranger: ${request.url()}`);
      }
    });
    page.on("dialog", (dialog) => void dialog.accept());
  }

  async go(path: string): Promise<void> {
    await this.page.goto(`${this.#url}${path}`, { waitUntil: "load" });
  }

  /** Serious findings of axe, as lines. */
  async findings(): Promise<string[]> {
    const source = `${axe.source};axe.run(document, { resultTypes: ["violations"] })`;
    const { violations } = await this.page.evaluate(source) as AxeResults;
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ").slice(0, 400)}`);
  }

  /** Whether the page is wider than the window. */
  isTooWide(): Promise<boolean> {
    return this.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
  }

  close(): Promise<void> {
    return this.#context.close();
  }
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

export class Stage {
  readonly h: Harness;
  readonly url: string;
  #pictures: string | undefined = Deno.env.get("CORTEX_TEST_PICTURES");
  readonly #browser: Browser;
  readonly #server: Deno.HttpServer;

  private constructor(h: Harness, browser: Browser, server: Deno.HttpServer, url: string) {
    this.h = h;
    this.url = url;
    this.#browser = browser;
    this.#server = server;
  }

  static async open(): Promise<Stage> {
    const h = await createHarness({ testOnly: { sessions: BY_COOKIE } });
    const started = Promise.withResolvers<string>();
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => started.resolve(`http://127.0.0.1:${port}`) },
      (request, info) => h.app.fetch(request, { remoteAddr: { hostname: info.remoteAddr.hostname } }),
    );
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    return new Stage(h, browser, server, await started.promise);
  }

  async visit(
    { who = "ada", size = DESKTOP, dark, language = "en", script }: VisitOptions = {},
  ): Promise<Visit> {
    const context = await this.#browser.newContext({
      viewport: size,
      colorScheme: dark === true ? "dark" : "light",
      javaScriptEnabled: script ?? true,
      timezoneId: "Europe/Berlin",
      locale: language === "zh" ? "zh-CN" : "en-GB",
      // The policy of the pages forbids scripts from text, and so the one that looks for faults.
      bypassCSP: false,
    });
    await context.addCookies([{ name: "who", value: who, url: this.url }]);
    return new Visit(context, await context.newPage(), this.url);
  }

  /** Where pictures of pages are, to be looked at; they stay. */
  async pictures(): Promise<string> {
    return this.#pictures ??= await Deno.makeTempDir({ prefix: "cortex-pictures-" });
  }

  async picture(visit: Visit, name: string): Promise<void> {
    await visit.page.screenshot({ path: `${await this.pictures()}/${name}.png`, fullPage: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.h.app.endStreams();
    await this.#server.shutdown();
    await this.h.app.stop();
    await this.h.dispose();
  }
}
