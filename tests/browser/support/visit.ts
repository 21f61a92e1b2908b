/** Chromium, and people at it. What a browser complains of is kept, and fails the test. */

import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"];

/** Why the tests cannot run here, or undefined. */
export async function noBrowser(): Promise<string | undefined> {
  const found = await Deno.stat(CHROMIUM).then(() => true, () => false);
  return found ? undefined : `there is no ${CHROMIUM}; install Debian's package chromium`;
}

/** The rules of WCAG 2.2 up to AA; the others of axe are advice. */
const TAGS = JSON.stringify(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]);

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

export interface VisitOptions {
  readonly who?: string;
  readonly size?: typeof DESKTOP;
  readonly dark?: boolean;
  readonly language?: "en" | "zh";
  readonly script?: boolean;
  /** Of the server, under another name than its own. */
  readonly url?: string;
}

/** A browser without a window of its own; whoever starts it closes it. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** A person at a browser of their own. */
export class Visit {
  readonly page: Page;
  /** What the browser complained of: errors of scripts, violations of the policy, requests to strangers. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #url: string;
  #isDeaf = false;

  constructor(context: BrowserContext, page: Page, url: string) {
    this.#context = context;
    this.page = page;
    this.#url = url;
    page.on("console", (message) => {
      if (message.type() === "error" && !this.#isDeaf) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith("data:")) {
        this.complaints.push(`asked a stranger: ${request.url()}`);
      }
    });
    page.on("dialog", (dialog) => void dialog.accept());
  }

  /** A window of its own, with nothing in it that another left. */
  static async open(browser: Browser, ownUrl: string, options: VisitOptions = {}): Promise<Visit> {
    const { url = ownUrl, who, size = DESKTOP, dark, language = "en", script } = options;
    const context = await browser.newContext({
      viewport: size,
      colorScheme: dark === true ? "dark" : "light",
      javaScriptEnabled: script ?? true,
      timezoneId: "Europe/Berlin",
      locale: language === "zh" ? "zh-CN" : "en-GB",
    });
    if (who !== undefined) await context.addCookies([{ name: "who", value: who, url }]);
    return new Visit(context, await context.newPage(), url);
  }

  async go(path: string): Promise<void> {
    await this.page.goto(`${this.#url}${path}`, { waitUntil: "load" });
  }

  /** Serious findings of axe, as lines. It leaves the page: axe itself tries styles that the policy forbids. */
  async findings(): Promise<string[]> {
    this.#isDeaf = true;
    const source = `${axe.source};axe.run(document, { resultTypes: ["violations"], runOnly: ${TAGS} })`;
    const { violations } = await this.page.evaluate(source) as AxeResults;
    await this.page.goto("about:blank");
    this.#isDeaf = false;
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
