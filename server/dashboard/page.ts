/** What a page is made of: an address, and a function from the request to what is shown or where it goes on. */

import type { CallApi } from "./api.ts";
import type { PageSession } from "./session.ts";
import type { Language, Translate, WordKey } from "./words/words.ts";

/** Markup that was escaped where it came from data; only JSX makes it. */
export interface Html {
  toString(): string;
}

export interface PageContext {
  readonly api: CallApi;
  readonly session: PageSession;
  readonly language: Language;
  readonly t: Translate;
  readonly url: URL;
  /** What was sent by a form; empty for a look. */
  readonly form: URLSearchParams;
  /** True where a list of a page that is open asks for its newer self. */
  readonly refresh: boolean;
  /** A part of the address, percent-decoded. */
  param(name: string): string;
  /** A field of the address' query, or "". */
  query(name: string): string;
}

/** Entries of the menu. */
export type NavKey =
  | "overview"
  | "approvals"
  | "secrets"
  | "projects"
  | "agents"
  | "daemons"
  | "policies"
  | "namespaces"
  | "audit"
  | "usage"
  | "reach"
  | "notifications"
  | "keys"
  | "people"
  | "account"
  | "settings";

export interface PageView {
  readonly title: string;
  readonly nav: NavKey;
  readonly body: Html;
  readonly status?: number;
}

/** Goes on elsewhere, as after every form that did something. */
export class GoTo {
  /** `done` is said at the top of the page that follows. */
  constructor(readonly path: string, readonly done?: WordKey) {}
}

export type PageAnswer = PageView | GoTo | Response;

export interface PageRoute {
  readonly method: "GET" | "POST";
  /** With `:name` for a part that varies. */
  readonly path: string;
  readonly run: (context: PageContext) => Promise<PageAnswer>;
}

export function look(path: string, run: PageRoute["run"]): PageRoute {
  return { method: "GET", path, run };
}

export function act(path: string, run: PageRoute["run"]): PageRoute {
  return { method: "POST", path, run };
}

/** What was wrong with a form, and the fields that it is said beside, as far as the form has them. */
export interface FormProblem {
  readonly message: string;
  readonly fields: readonly string[];
}
