/** What the pages of lists have in common: tables, filters, the namespaces to choose from. */

import { type Option, SelectField } from "../fields.tsx";
import type { PageContext } from "../page.ts";
import { type Children, Pager } from "../pieces.tsx";

/** Rows of a list on one page. */
export const SHOWN = "50";

/** The fields of an address' query that are filled in. */
export function queryOf({ query }: PageContext, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    [...names, "cursor"].map((name) => [name, query(name).trim()] as const).filter(([, value]) =>
      value !== ""
    ),
  );
}

interface TableProps {
  readonly columns: readonly string[];
  readonly label: string;
  readonly children?: Children;
}

/** A table that is a list of cards on a phone. */
export function Table({ columns, label, children }: TableProps) {
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={label}>
      <table class="cards">
        <thead>
          <tr>
            {columns.map((column) => <th scope="col">{column}</th>)}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

interface ListProps {
  readonly context: PageContext;
  readonly next: string | undefined;
  readonly children?: Children;
}

/** A list with its pages. */
export function ListPanel({ context: { t, url }, next, children }: ListProps) {
  return (
    <section class="panel flush" id="list">
      {children}
      <Pager t={t} url={url} next={next} />
    </section>
  );
}

/** Filters of a list: a form that looks. With scripts the list follows while one types. */
export function Filters(
  { context: { t, url }, children }: { readonly context: PageContext; readonly children?: Children },
) {
  return (
    <form
      class="filters no-print"
      method="get"
      action={url.pathname}
      role="search"
      hx-get={url.pathname}
      hx-select="#list"
      hx-target="#list"
      hx-swap="outerHTML"
      hx-trigger="input changed delay:300ms, change"
      hx-push-url="true"
    >
      {children}
      <div class="row">
        <button type="submit">{t("list.filter")}</button>
        <a href={url.pathname}>{t("list.clear")}</a>
      </div>
    </form>
  );
}

/** Namespaces to choose from. */
export async function namespaceOptions({ api }: PageContext): Promise<Option[]> {
  const { items } = await api("GET /admin/namespaces", { audited: false });
  return items.map(({ name }) => ({ value: name, label: name }));
}

/** Which namespace a list is of. */
export async function namespaceFilter(context: PageContext) {
  const { t, query } = context;
  const options = [{ value: "", label: t("list.all") }, ...await namespaceOptions(context)];
  return (
    <SelectField
      name="namespace"
      label={t("column.namespace")}
      value={query("namespace")}
      options={options}
    />
  );
}
