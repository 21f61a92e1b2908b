/** Agents, and the devices that logged in as them. */

import type { AgentSummary } from "../../../shared/api/agents.ts";
import type { DeviceSummary } from "../../../shared/api/device_admin.ts";
import { TextField } from "../fields.tsx";
import { look, type PageContext, type PageView } from "../page.ts";
import { Empty, Head, Moment, Said, Status, type Tone } from "../pieces.tsx";
import type { Translate } from "../words/words.ts";
import { Filters, ListPanel, namespaceFilter, queryOf, SHOWN, Table } from "./lists.tsx";

export const agentPages = [
  look("/ui/agents", agents),
  look("/ui/agents/devices", devices),
];

async function agents(context: PageContext): Promise<PageView> {
  const { api, t, query } = context;
  const wanted = queryOf(context, ["search", "namespace"]);
  const { items, next } = await api("GET /admin/agents", { query: { ...wanted, limit: SHOWN } });
  const title = t("nav.agents");
  const isFiltered = Object.keys(wanted).length > 0;
  const body = (
    <>
      <Head title={title} lead={t("agents.lead")}>
        <a class="button" href="/ui/agents/devices">{t("agents.devices")}</a>
        <a class="button primary" href="/ui/device">{t("agents.approve_device")}</a>
      </Head>
      <Filters context={context}>
        <TextField name="search" type="search" label={t("list.search")} value={query("search")} />
        {await namespaceFilter(context)}
      </Filters>
      <ListPanel context={context} next={next}>
        {items.length === 0
          ? (
            <Empty
              title={isFiltered ? t("list.no_match") : t("agents.none")}
              next={isFiltered ? t("list.no_match_next") : t("agents.none_next")}
            />
          )
          : (
            <Table
              label={title}
              columns={[
                t("column.agent"),
                t("column.namespace"),
                t("column.state"),
                t("access.fingerprint"),
                t("agents.last_use"),
              ]}
            >
              {items.map((item) => <AgentRow t={t} item={item} />)}
            </Table>
          )}
      </ListPanel>
    </>
  );
  return { title, nav: "agents", body };
}

/** Where an agent has its page. */
export function agentPath(agentId: string, namespace: string): string {
  return `/ui/agents/${encodeURIComponent(agentId)}?namespace=${encodeURIComponent(namespace)}`;
}

export function AgentState({ t, item }: { readonly t: Translate; readonly item: AgentSummary }) {
  return item.frozen_at === null
    ? <Status tone="good" label={t("state.active")} />
    : <Status tone="warn" label={t("state.frozen")} />;
}

function AgentRow({ t, item }: { readonly t: Translate; readonly item: AgentSummary }) {
  return (
    <tr>
      <th scope="row">
        <a href={agentPath(item.agent_id, item.namespace)}>
          <Said text={item.agent_id} />
        </a>
        {item.description === null ? null : (
          <p class="small quiet">
            <Said text={item.description} />
          </p>
        )}
      </th>
      <td data-label={t("column.namespace")}>{item.namespace}</td>
      <td data-label={t("column.state")}>
        <AgentState t={t} item={item} />
      </td>
      <td data-label={t("access.fingerprint")}>
        <span class="long">
          <Said text={item.fingerprint} mono />
        </span>
      </td>
      <td data-label={t("agents.last_use")}>
        {item.last_used_at === null ? t("agents.not_lately") : <Moment at={item.last_used_at} />}
      </td>
    </tr>
  );
}

const DEVICE_TONES: Readonly<Record<DeviceSummary["status"], Tone>> = {
  pending: "warn",
  approved: "good",
  denied: "bad",
  expired: "plain",
  locked: "bad",
  revoked: "bad",
};

async function devices(context: PageContext): Promise<PageView> {
  const { api, t } = context;
  const { items, next } = await api("GET /admin/devices", {
    query: { ...queryOf(context, []), limit: SHOWN },
  });
  const title = t("agents.devices");
  const body = (
    <>
      <Head title={title} lead={t("devices.lead")}>
        <a class="button" href="/ui/agents">{t("agents.back")}</a>
      </Head>
      <ListPanel context={context} next={next}>
        {items.length === 0 ? <Empty title={t("devices.none")} next={t("agents.none_next")} /> : (
          <Table
            label={title}
            columns={[
              t("device.host"),
              t("column.agent"),
              t("column.state"),
              t("access.fingerprint"),
              t("device.address"),
              t("column.decided"),
            ]}
          >
            {items.map((item) => <DeviceRow t={t} item={item} />)}
          </Table>
        )}
      </ListPanel>
    </>
  );
  return { title, nav: "agents", body };
}

function DeviceRow({ t, item }: { readonly t: Translate; readonly item: DeviceSummary }) {
  return (
    <tr>
      <th scope="row">
        <Said text={item.hostname} />
      </th>
      <td data-label={t("column.agent")}>
        <Said text={item.agent_id} />
      </td>
      <td data-label={t("column.state")}>
        <Status tone={DEVICE_TONES[item.status]} label={t(`device_state.${item.status}`)} />
      </td>
      <td data-label={t("access.fingerprint")}>
        <span class="long">
          <Said text={item.fingerprint} mono />
        </span>
      </td>
      <td data-label={t("device.address")}>
        <Said text={item.source_ip} mono />
      </td>
      <td data-label={t("column.decided")}>
        <Moment at={item.approved_at} /> <Said text={item.decided_by} />
      </td>
    </tr>
  );
}
