/** What waits for a person: hosts that log in, and agents that ask for access. The list follows the server by itself. */

import type { DeviceSummary } from "../../../shared/api/device_admin.ts";
import type { PendingGrantSummary } from "../../../shared/api/pending_grants.ts";
import { VaultError } from "../../../shared/errors.ts";
import { act, GoTo, look, type PageAnswer, type PageContext, type PageView } from "../page.ts";
import { Empty, Head, Moment, Note, Pager, Said, Status } from "../pieces.tsx";
import { AccessCard, type CardState } from "./access_card.tsx";
import { CommandCard } from "./command_card.tsx";
import { explained } from "../problems.ts";

export const approvalPages = [
  look("/ui/approvals", (context) => approvals(context)),
  look("/ui/approvals/stream", ({ api }) => api("GET /admin/waiting/stream", { audited: false })),
  look("/ui/approvals/decided", decided),
  act("/ui/approvals/:id/decide", decide),
  act("/ui/approvals/commands/:id/decide", decideCommand),
  act("/ui/approvals/:id/forget", forget),
];

const SHOWN = "50";

/** `again` is the card whose decision did not work, with what was chosen in it. */
async function approvals(context: PageContext, again?: CardState): Promise<PageView> {
  const { api, t, refresh } = context;
  const audited = !refresh;
  const [facts, access, commands, devices] = await Promise.all([
    api("GET /admin/waiting", { audited: false }),
    api("GET /admin/pending-grants", { audited, query: { status: "pending", limit: SHOWN } }),
    api("GET /admin/command-grants", { audited, query: { status: "pending", limit: SHOWN } }),
    api("GET /admin/devices", { audited, query: { limit: SHOWN } }),
  ]);
  const waiting = devices.items.filter(({ status }) => status === "pending");
  const title = t("nav.approvals");
  const body = (
    <>
      <Head title={title} lead={t("approvals.lead")}>
        <button
          type="button"
          hidden
          data-notices
          data-on={t("approvals.notices_on")}
          data-off={t("approvals.notices_off")}
        >
        </button>
        <a class="button" href="/ui/approvals/decided">{t("approvals.decided")}</a>
      </Head>
      <div id="list-changed" class="note warn" hidden role="status">
        {t("approvals.changed")} <a href="/ui/approvals">{t("approvals.show_changed")}</a>
      </div>
      {again === undefined ? null : <Note tone="bad">{again.problem}</Note>}
      <div
        id="waiting"
        class="stack"
        data-follow="/ui/approvals/stream"
        data-state={facts.state}
        data-waiting={facts.total}
        data-notice={t("approvals.notice")}
        hx-get="/ui/approvals"
        hx-select="#waiting > *"
        hx-target="this"
        hx-swap="innerHTML"
        hx-trigger="refresh"
      >
        {waiting.length + access.items.length + commands.items.length === 0
          ? (
            <section class="panel">
              <Empty title={t("overview.nothing_waits")} next={t("approvals.empty_next")} />
            </section>
          )
          : null}
        {waiting.map((device) => <DeviceCard context={context} device={device} />)}
        {commands.items.map((request) => (
          <CommandCard
            context={context}
            request={request}
            state={again?.id === request.id ? again : undefined}
          />
        ))}
        {access.items.map((request) => (
          <AccessCard
            context={context}
            request={request}
            state={again?.id === request.id ? again : undefined}
          />
        ))}
      </div>
    </>
  );
  return { title, nav: "approvals", body, ...(again === undefined ? {} : { status: 409 }) };
}

function DeviceCard({ context: { t }, device }: {
  readonly context: PageContext;
  readonly device: DeviceSummary;
}) {
  return (
    <section class="card" aria-labelledby={`device-${device.id}`}>
      <h2 id={`device-${device.id}`}>{t("approvals.device", { code: device.user_code })}</h2>
      <dl class="facts">
        <dt>{t("device.host")}</dt>
        <dd>
          <Said text={device.hostname} />
        </dd>
        <dt>{t("device.fingerprint")}</dt>
        <dd>
          <Said text={device.fingerprint} mono />
        </dd>
        <dt>{t("device.address")}</dt>
        <dd>
          <Said text={device.source_ip} mono />
        </dd>
        <dt>{t("device.ends")}</dt>
        <dd>
          <Moment at={device.expires_at} />
        </dd>
      </dl>
      <p>
        <a class="button primary" href={`/ui/device?user_code=${encodeURIComponent(device.user_code)}`}>
          {t("approvals.look_at_device")}
        </a>
      </p>
    </section>
  );
}

async function decide(context: PageContext): Promise<PageAnswer> {
  const { api, form, t } = context;
  const params = { id: context.param("id") };
  const keys = form.getAll("key");
  const note = (form.get("note") ?? "").trim();
  const seen = { request_sha256: form.get("request_sha256") ?? "", note: note === "" ? null : note };
  const state = { id: params.id, keys, note, term: form.get("term") ?? "day" };
  const isDenial = form.get("decision") === "deny";
  if (!isDenial && keys.length === 0) return approvals(context, { ...state, problem: t("access.tick_one") });
  try {
    if (isDenial) await api("POST /admin/pending-grants/:id/deny", { params, body: seen });
    else {
      const body = { ...seen, approved_keys: keys, term: state.term };
      const { approved } = await api("POST /admin/pending-grants/:id/approve", { params, body });
      if (!approved) return new GoTo("/ui/approvals", "done.one_of_two");
    }
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return approvals(context, { ...state, problem: explained(t, error) });
  }
  return new GoTo("/ui/approvals", isDenial ? "done.denied" : "done.approved");
}

async function decideCommand(context: PageContext): Promise<PageAnswer> {
  const { api, form, t } = context;
  const params = { id: context.param("id") };
  const keys = form.getAll("key");
  const state = { id: params.id, keys, note: "", term: "" };
  const isDenial = form.get("decision") === "deny";
  if (!isDenial && keys.length === 0) return approvals(context, { ...state, problem: t("access.tick_one") });
  const uses = (form.get("uses") ?? "").trim();
  const body = {
    request_sha256: form.get("request_sha256") ?? "",
    approved_keys: keys,
    uses: uses === "" ? null : Number(uses),
    seconds: Number(form.get("minutes") ?? "") * 60,
  };
  try {
    if (isDenial) await api("POST /admin/command-grants/:id/deny", { params });
    else {
      const { status } = await api("POST /admin/command-grants/:id/approve", { params, body });
      if (status === "pending") return new GoTo("/ui/approvals", "done.one_of_two");
    }
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return approvals(context, { ...state, problem: explained(t, error) });
  }
  return new GoTo("/ui/approvals", isDenial ? "done.denied" : "done.approved");
}

async function forget({ api, param }: PageContext): Promise<PageAnswer> {
  await api("DELETE /admin/pending-grants/:id", { params: { id: param("id") } });
  return new GoTo("/ui/approvals/decided", "done.forgotten");
}

async function decided(context: PageContext): Promise<PageView> {
  const { api, t, url } = context;
  const query = { limit: SHOWN, ...cursorOf(context) };
  const { items, next } = await api("GET /admin/pending-grants", { query });
  const title = t("approvals.decided");
  const body = (
    <>
      <Head title={title} lead={t("approvals.decided_lead")}>
        <a class="button" href="/ui/approvals">{t("approvals.back")}</a>
      </Head>
      <section class="panel flush">
        {items.length === 0
          ? <Empty title={t("approvals.none_decided")} next={t("approvals.empty_next")} />
          : (
            <div class="scroll">
              <table class="cards">
                <thead>
                  <tr>
                    <th scope="col">{t("column.project")}</th>
                    <th scope="col">{t("column.agent")}</th>
                    <th scope="col">{t("column.state")}</th>
                    <th scope="col">{t("column.names")}</th>
                    <th scope="col">{t("column.decided")}</th>
                    <th scope="col">{t("column.until")}</th>
                    <th scope="col">{t("column.actions")}</th>
                  </tr>
                </thead>
                <tbody>{items.map((item) => <DecidedRow context={context} item={item} />)}</tbody>
              </table>
            </div>
          )}
        <Pager t={t} url={url} next={next} />
      </section>
    </>
  );
  return { title, nav: "approvals", body };
}

/** The cursor of a page of a list, where the address has one. */
export function cursorOf({ query }: PageContext): { readonly cursor?: string } {
  const cursor = query("cursor");
  return cursor === "" ? {} : { cursor };
}

const TONES = { pending: "warn", approved: "good", denied: "bad", expired: "plain" } as const;

function DecidedRow({ context, item }: {
  readonly context: PageContext;
  readonly item: PendingGrantSummary;
}) {
  const { t, session } = context;
  return (
    <tr>
      <th scope="row">
        <Said text={item.project_name} />
      </th>
      <td data-label={t("column.agent")}>
        <Said text={item.agent_id} />
      </td>
      <td data-label={t("column.state")}>
        <Status tone={TONES[item.status]} label={t(`grant.${item.status}`)} />
      </td>
      <td data-label={t("column.names")}>
        {t("approvals.some_of", { some: item.approved_keys.length, all: item.requested_keys.length })}
        {item.note === null ? null : (
          <p class="small quiet">
            <Said text={item.note} />
          </p>
        )}
      </td>
      <td data-label={t("column.decided")}>
        <Moment at={item.decided_at} /> <Said text={item.decided_by} />
      </td>
      <td data-label={t("column.until")}>
        <Moment at={item.auto_approval_until} />
      </td>
      <td>
        <form method="post" action={`/ui/approvals/${item.id}/forget`}>
          <input type="hidden" name="_csrf" value={session.csrf} />
          <button class="slim danger" type="submit" data-confirm={t("approvals.forget_confirm")}>
            {t("approvals.forget")}
          </button>
        </form>
      </td>
    </tr>
  );
}
