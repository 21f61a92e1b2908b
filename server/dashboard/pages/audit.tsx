/** The audit log: who did what, when, and what came of it; followed live, exported, and checked for gaps and changes. */

import type { AuditLogEntry } from "../../../shared/api/audit.ts";
import { ACCESS_TABLE } from "../../access_table.ts";
import { SelectField, TextField } from "../fields.tsx";
import { act, look, type PageContext, type PageView } from "../page.ts";
import { Empty, Form, Head, Moment, Note, Said, Status, withQuery } from "../pieces.tsx";
import { Filters, ListPanel, queryOf, SHOWN, Table } from "./lists.tsx";
import { toneOf } from "./overview.tsx";

export const auditPages = [
  look("/ui/audit", audit),
  look("/ui/audit/export", exportRows),
  act("/ui/audit/verify", verify),
];

const FILTERS = [
  "principal",
  "agent_id",
  "project",
  "key_path",
  "action",
  "status",
  "looks",
  "since",
  "until",
] as const;
const OUTCOMES = ["success", "denied", "pending", "alarm", "failed"] as const;
const ACTIONS = [...new Set(Object.values(ACCESS_TABLE).map(({ action }) => action))].sort();

/** Fields of times have no zone; they are UTC here, and say so. */
function wantedOf(context: PageContext): Record<string, string> {
  const query = queryOf(context, FILTERS);
  return Object.fromEntries(
    Object.entries(query).map((
      [name, value],
    ) => [name, name === "since" || name === "until" ? utc(value) : value]),
  );
}

function utc(text: string): string {
  const [, day, time, seconds] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?$/.exec(text) ?? [];
  return day === undefined || time === undefined ? text : `${day} ${time}${seconds ?? ":00"}`;
}

async function audit(context: PageContext): Promise<PageView> {
  const { api, t, url, query, refresh } = context;
  const isTail = query("tail") === "yes";
  const wanted = { ...wantedOf(context), limit: SHOWN };
  const { items, next } = await api("GET /admin/audit-logs", {
    query: wanted,
    audited: !(refresh && isTail),
  });
  const title = t("nav.audit");
  const body = (
    <>
      <Head title={title} lead={t("audit.lead")}>
        {isTail
          ? <a class="button" href={withQuery(url, { tail: undefined })}>{t("audit.tail_off")}</a>
          : (
            <a class="button" href={withQuery(url, { tail: "yes", cursor: undefined })}>
              {t("audit.tail_on")}
            </a>
          )}
        <a class="button" href={withQuery(exportUrl(url), { cursor: undefined, tail: undefined })} download>
          {t("audit.export")}
        </a>
      </Head>
      <ChainState context={context} />
      <AuditFilters context={context} />
      <div
        hx-get={isTail ? withQuery(url, {}) : undefined}
        hx-select="#list"
        hx-target="#list"
        hx-swap="outerHTML"
        hx-trigger={isTail ? "every 3s" : undefined}
      >
        <ListPanel context={context} next={next}>
          {items.length === 0 ? <Empty title={t("list.no_match")} next={t("list.no_match_next")} /> : (
            <Table
              label={title}
              columns={[
                t("audit.when"),
                t("audit.who"),
                t("audit.what"),
                t("audit.outcome"),
                t("audit.about"),
                t("audit.from"),
              ]}
            >
              {items.map((entry) => <AuditRow context={context} entry={entry} />)}
            </Table>
          )}
        </ListPanel>
      </div>
    </>
  );
  return { title, nav: "audit", body };
}

function exportUrl(url: URL): URL {
  const to = new URL(url);
  to.pathname = "/ui/audit/export";
  return to;
}

function AuditFilters({ context }: { readonly context: PageContext }) {
  const { t, query } = context;
  const outcomes = [
    { value: "", label: t("list.all") },
    ...OUTCOMES.map((outcome) => ({ value: outcome, label: t(`outcome.${outcome}`) })),
  ];
  const looks = [
    { value: "", label: t("list.all") },
    { value: "no", label: t("audit.looks_no") },
  ];
  return (
    <Filters context={context}>
      <TextField name="principal" label={t("audit.who")} value={query("principal")} />
      <TextField name="project" label={t("column.project")} value={query("project")} />
      <TextField name="key_path" label={t("audit.secret")} value={query("key_path")} />
      <TextField name="action" label={t("audit.what")} value={query("action")} list="actions" />
      <datalist id="actions">{ACTIONS.map((action) => <option value={action} />)}</datalist>
      <SelectField name="status" label={t("audit.outcome")} value={query("status")} options={outcomes} />
      <SelectField name="looks" label={t("audit.looks")} value={query("looks")} options={looks} />
      <TextField name="since" type="datetime-local" label={t("audit.since")} value={query("since")} />
      <TextField name="until" type="datetime-local" label={t("audit.until")} value={query("until")} />
    </Filters>
  );
}

function AuditRow(
  { context: { t }, entry }: { readonly context: PageContext; readonly entry: AuditLogEntry },
) {
  return (
    <tr>
      <th scope="row">
        <a href={`/ui/audit/${entry.id}`}>
          <Moment at={entry.timestamp} exact />
        </a>
      </th>
      <td data-label={t("audit.who")}>
        <Said text={entry.principal} />
      </td>
      <td data-label={t("audit.what")}>
        <code>{entry.action}</code>
      </td>
      <td data-label={t("audit.outcome")}>
        <Status tone={toneOf(entry.status)} label={entry.status} />
      </td>
      <td data-label={t("audit.about")}>
        <Said text={entry.project_name ?? entry.agent_id ?? entry.resource_path} />
      </td>
      <td data-label={t("audit.from")}>
        <Said text={entry.source_ip} mono />
      </td>
    </tr>
  );
}

interface Checked {
  readonly to: number;
  readonly of: number;
  readonly atEnd: boolean;
  readonly fault: string | undefined;
}

/** Checks piece by piece: each answer shows how far it is, and asks for the next piece. */
function ChainState({ context, checked }: { readonly context: PageContext; readonly checked?: Checked }) {
  const { t } = context;
  if (checked === undefined) {
    return (
      <section class="panel" id="chain" aria-live="polite">
        <Form context={context} action="/ui/audit/verify" class="row">
          <button type="submit" class="slim">{t("audit.verify")}</button>
          <span class="quiet small">{t("audit.verify_hint")}</span>
        </Form>
      </section>
    );
  }
  const { to, of, atEnd, fault } = checked;
  return (
    <section class="panel" id="chain" aria-live="polite">
      {fault !== undefined
        ? <Note tone="bad">{t("audit.broken", { row: to, fault })}</Note>
        : atEnd
        ? <Note tone="good">{t("audit.whole", { rows: of })}</Note>
        : (
          <>
            <label for="progress">{t("audit.verifying", { to, of })}</label>
            <progress id="progress" value={to} max={of}></progress>
            <form
              method="post"
              action="/ui/audit/verify"
              hx-post="/ui/audit/verify"
              hx-select="#chain"
              hx-target="#chain"
              hx-swap="outerHTML"
              hx-trigger="load"
            >
              <input type="hidden" name="_csrf" value={context.session.csrf} />
              <input type="hidden" name="after" value={String(to)} />
              <button type="submit" class="slim">{t("audit.verify_on")}</button>
            </form>
          </>
        )}
    </section>
  );
}

async function verify(context: PageContext): Promise<PageView> {
  const { api, form, t } = context;
  const after = Number(form.get("after") ?? "");
  const answer = await api("POST /admin/audit-logs/verify", { body: after > 0 ? { after } : {} });
  const checked = {
    to: answer.fault?.seq ?? answer.to,
    of: answer.of,
    atEnd: answer.at_end,
    fault: answer.fault?.fault,
  };
  const title = t("nav.audit");
  const body = (
    <>
      <Head title={title} lead={t("audit.verify_lead")}>
        <a class="button" href="/ui/audit">{t("audit.back")}</a>
      </Head>
      <ChainState context={context} checked={checked} />
    </>
  );
  return { title, nav: "audit", body };
}

const EXPORT_PAGE = "1000";

/** One row of JSON a line, newest first; each page that it reads has its row in the log. */
async function exportRows(context: PageContext): Promise<Response> {
  const { api } = context;
  const wanted = { ...wantedOf(context), limit: EXPORT_PAGE };
  const encoder = new TextEncoder();
  let page = await api("GET /admin/audit-logs", { query: wanted });
  let ended = false;
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      if (ended) return controller.close();
      for (const entry of page.items) controller.enqueue(encoder.encode(`${JSON.stringify(entry)}\n`));
      if (page.next === undefined) ended = true;
      else page = await api("GET /admin/audit-logs", { query: { ...wanted, cursor: page.next } });
      if (ended) controller.close();
    },
  }, { highWaterMark: 0 });
  return new Response(body, {
    headers: {
      "Content-Type": "application/x-ndjson",
      "Content-Disposition": 'attachment; filename="cortexauth-audit.jsonl"',
    },
  });
}
