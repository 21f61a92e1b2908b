/** A one-time link into the dashboard: the admin token stays here, and is typed into no page. */

import { PageLink } from "../../shared/api/page_links.ts";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { openLink } from "../open_link.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";

export interface DashboardOptions extends AdminOptions {
  readonly browser: boolean;
}

/** Prints the link, and opens it where there is a browser. @throws VaultError */
export async function openDashboard(options: DashboardOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => PageLink.safeParse(value).data;
  const { path, expires_at } = await connection.requestJson("POST", "/admin/page-links", parse);
  const link = `${connection.baseUrl.replace(/\/$/, "")}${path}`;
  if (options.json) context.terminal.json({ link, expires_at });
  else {
    context.terminal.data(link);
    context.terminal.note("It works once, for two minutes, and signs in whoever opens it: give it to nobody");
  }
  if (options.browser) openLink(link, context);
  return EXIT.ok;
}
