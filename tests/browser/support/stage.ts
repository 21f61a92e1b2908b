/**
 * The dashboard in a real Chromium, over the whole server in this process: time stands still, seeds go straight into the
 * database, and each visitor is signed in as the name in their cookie.
 */

import type { PageSessions } from "../../../server/dashboard/session.ts";
import type { Browser } from "playwright-core";
import { adminTokenCaller } from "../../../server/caller.ts";
import { createHarness, type Harness, type HarnessOptions } from "../../server/support/harness.ts";
import { fromFileUrl } from "../../support/paths.ts";
import { ROOT } from "../../support/source_files.ts";
import { startBrowser, Visit, type VisitOptions } from "./visit.ts";

/** Where pictures of pages are kept; the version control leaves it out. */
export const PICTURES = fromFileUrl(new URL("tests/output/pictures", ROOT));

/** Signed in by a cookie: how people sign in is another test's. */
const BY_COOKIE: PageSessions = {
  find: async (incoming) => {
    const name = /(?:^|;\s*)who=(\w+)/.exec(incoming.header("Cookie") ?? "")?.[1];
    if (name === undefined) return undefined;
    return { caller: adminTokenCaller(incoming.origin, { name }), csrf: `csrf-of-${name}`, name };
  },
};

export async function signedInByCookie(): Promise<HarnessOptions> {
  return { testOnly: { sessions: BY_COOKIE } };
}

export class Stage {
  readonly h: Harness;
  readonly url: string;
  readonly #browser: Browser;
  readonly #server: Deno.HttpServer;

  private constructor(h: Harness, browser: Browser, server: Deno.HttpServer, url: string) {
    this.h = h;
    this.url = url;
    this.#browser = browser;
    this.#server = server;
  }

  /** Opens after its address is known, which a provider of identities has to know before. */
  static async open(optionsFor: (url: string) => Promise<HarnessOptions> = signedInByCookie): Promise<Stage> {
    const started = Promise.withResolvers<string>();
    const opened = Promise.withResolvers<Harness>();
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => started.resolve(`http://127.0.0.1:${port}`) },
      async (request, info) => {
        const { app } = await opened.promise;
        return await app.fetch(request, { remoteAddr: { hostname: info.remoteAddr.hostname } });
      },
    );
    const url = await started.promise;
    const h = await createHarness(await optionsFor(url));
    opened.resolve(h);
    return new Stage(h, await startBrowser(), server, url);
  }

  visit(options: VisitOptions = {}): Promise<Visit> {
    return Visit.open(this.#browser, this.url, { who: "ada", ...options });
  }

  /** A picture of a page, to be looked at: it stays. */
  async picture(visit: Visit, name: string): Promise<void> {
    await Deno.mkdir(PICTURES, { recursive: true });
    const path = `${PICTURES}/${name}.jpeg`;
    await visit.page.screenshot({ path, fullPage: true, type: "jpeg", quality: 70 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.h.app.endStreams();
    await this.#server.shutdown();
    await this.h.app.stop();
    await this.h.dispose();
  }
}
