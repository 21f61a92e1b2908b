/** The small pieces of every page. Text that others chose goes through {@linkcode Said}. */

import type { Html, PageContext } from "./page.ts";
import { type VisiblePart, visibleParts } from "./visible.ts";
import type { Translate } from "./words/words.ts";

/** What JSX takes between tags. */
export type Children = Html | string | number | false | null | undefined | readonly Children[];

/** A text of an agent, a host or another person: never markup, never able to turn the page's own words around. */
export function Said({ text, mono }: { readonly text: string | null; readonly mono?: boolean }) {
  if (text === null || text === "") return <span class="quiet">–</span>;
  const parts = visibleParts(text).map(Part);
  return <bdi class={mono === true ? "mono" : undefined}>{parts}</bdi>;
}

function Part({ text, mark }: VisiblePart) {
  return mark ? <span class="control-mark">{text}</span> : <>{text}</>;
}

/** A time of the API (UTC); a script shows it in the zone of who reads. */
export function Moment({ at, exact }: { readonly at: string | null; readonly exact?: boolean }) {
  if (at === null) return <span class="quiet">–</span>;
  return (
    <time class="nowrap" datetime={`${at.replace(" ", "T")}Z`} data-exact={exact === true ? "" : undefined}>
      {exact === true ? at : at.slice(0, 16)} UTC
    </time>
  );
}

export type Tone = "good" | "warn" | "bad" | "plain";

/** A state in words, with a colour and a shape. */
export function Status({ tone, label }: { readonly tone: Tone; readonly label: string }) {
  return <span class={`status ${tone}`}>{label}</span>;
}

export function Head(
  { title, lead, children }: { readonly title: string; readonly lead?: string; readonly children?: Children },
) {
  return (
    <div class="head">
      <div>
        <h1>{title}</h1>
        {lead === undefined ? null : <p>{lead}</p>}
      </div>
      <div class="row">{children}</div>
    </div>
  );
}

/** What a list says that has nothing to show. */
export function Empty(
  { title, next, children }: { readonly title: string; readonly next: string; readonly children?: Children },
) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      <p>{next}</p>
      {children}
    </div>
  );
}

export function Note({ tone, children }: { readonly tone: Tone; readonly children?: Children }) {
  return <div class={`note ${tone}`} role={tone === "bad" ? "alert" : "status"}>{children}</div>;
}

export interface FormProps {
  readonly context: PageContext;
  readonly action: string;
  readonly class?: string;
  readonly children?: Children;
}

/** A form that does something: with the secret of the session, so that no other site can send it. */
export function Form({ context, action, class: name, children }: FormProps) {
  return (
    <form method="post" action={action} class={name ?? "stack"} autocomplete="off">
      <input type="hidden" name="_csrf" value={context.session.csrf} />
      {children}
    </form>
  );
}

/** One button that does something by itself, asked about first where that cannot be undone. */
export function DoButton(
  { context, action, label, confirm, tone, fields = {} }: {
    readonly context: PageContext;
    readonly action: string;
    readonly label: string;
    readonly confirm?: string;
    readonly tone?: "danger" | "primary";
    readonly fields?: Readonly<Record<string, string>>;
  },
) {
  return (
    <Form context={context} action={action} class="">
      {Object.entries(fields).map(([name, value]) => <input type="hidden" name={name} value={value} />)}
      <button type="submit" class={`slim ${tone ?? ""}`} data-confirm={confirm}>{label}</button>
    </Form>
  );
}

/** The next and the first page of a list. */
export function Pager(
  { t, url, next }: { readonly t: Translate; readonly url: URL; readonly next: string | undefined },
) {
  const isFirst = !url.searchParams.has("cursor");
  if (isFirst && next === undefined) return null;
  return (
    <nav class="pager" aria-label={t("list.pages")}>
      {isFirst ? <span /> : <a href={withQuery(url, { cursor: undefined })}>{t("list.first")}</a>}
      {next === undefined ? <span /> : <a href={withQuery(url, { cursor: next })}>{t("list.next")}</a>}
    </nav>
  );
}

/** The same page with other fields in its query; undefined takes one out. */
export function withQuery(url: URL, changes: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams(url.searchParams);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text === "" ? url.pathname : `${url.pathname}?${text}`;
}
