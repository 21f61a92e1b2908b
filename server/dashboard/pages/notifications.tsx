/** Whom the server tells, and what became of it. What a channel is configured with goes in and never comes out. */

import type { ChannelSummary } from "../../../shared/api/channels.ts";
import { VaultError } from "../../../shared/errors.ts";
import { Choice, TextField } from "../fields.tsx";
import {
  act,
  type FormProblem,
  GoTo,
  look,
  type PageAnswer,
  type PageContext,
  type PageView,
} from "../page.ts";
import { DoButton, Empty, Form, Head, Moment, Note, Said, Status, type Tone } from "../pieces.tsx";
import { trying } from "../problems.ts";
import type { WordKey } from "../words/words.ts";
import { ListPanel, Table } from "./lists.tsx";
import { eventName } from "./overview.tsx";

export const notificationPages = [
  look("/ui/notifications", (context) => channels(context, {})),
  look("/ui/notifications/new/:type", (context) => channelForm(context)),
  act("/ui/notifications/new/:type", create),
  look("/ui/notifications/:id", deliveries),
  act("/ui/notifications/:id/test", test),
  act("/ui/notifications/:id/switch", toggle),
  act("/ui/notifications/:id/delete", remove),
];

const TYPES = ["slack", "discord", "telegram", "webhook", "email"] as const;
const SEVERITIES = ["info", "warning", "alarm"] as const;

/** The fields of each type, and whether what is typed there is a secret. */
const FIELDS: Readonly<
  Record<string, readonly (readonly [name: string, label: WordKey, secret: boolean])[]>
> = {
  slack: [["webhook_url", "channel.webhook_url", true]],
  discord: [["webhook_url", "channel.webhook_url", true]],
  telegram: [["bot_token", "channel.bot_token", true], ["chat_id", "channel.chat_id", false]],
  webhook: [["url", "channel.url", false], ["secret", "channel.secret", true]],
  email: [["to", "channel.to", false], ["from", "channel.from", false], [
    "account",
    "channel.account",
    false,
  ]],
};

interface Told {
  readonly problem?: FormProblem;
  readonly tested?: { readonly delivered: boolean; readonly result: string };
}

async function channels(context: PageContext, { problem, tested }: Told): Promise<PageView> {
  const { api, t } = context;
  const items = await api("GET /admin/notification-channels");
  const title = t("nav.notifications");
  const body = (
    <>
      <Head title={title} lead={t("notifications.lead")} />
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      {tested === undefined ? null : (
        <Note tone={tested.delivered ? "good" : "bad"}>
          {tested.delivered ? t("channel.test_good") : t("channel.test_bad")} <Said text={tested.result} />
        </Note>
      )}
      <ListPanel context={context} next={undefined}>
        {items.length === 0
          ? <Empty title={t("notifications.none")} next={t("notifications.none_next")} />
          : (
            <Table
              label={title}
              columns={[
                t("channel.name"),
                t("channel.type"),
                t("column.state"),
                t("channel.severities"),
                t("column.namespace"),
                t("column.actions"),
              ]}
            >
              {items.map((item) => <ChannelRow context={context} item={item} />)}
            </Table>
          )}
      </ListPanel>
      <section class="panel" aria-labelledby="add">
        <h2 id="add">{t("notifications.add")}</h2>
        <div class="row">
          {TYPES.map((type) => (
            <a class="button" href={`/ui/notifications/new/${type}`}>{t(`channel_type.${type}`)}</a>
          ))}
        </div>
      </section>
    </>
  );
  return { title, nav: "notifications", body };
}

function ChannelRow({ context, item }: { readonly context: PageContext; readonly item: ChannelSummary }) {
  const { t } = context;
  const path = `/ui/notifications/${item.id}`;
  return (
    <tr>
      <th scope="row">
        <a href={path}>
          <Said text={item.name} />
        </a>
        {item.description === null ? null : (
          <p class="small quiet">
            <Said text={item.description} />
          </p>
        )}
      </th>
      <td data-label={t("channel.type")}>{item.channel_type}</td>
      <td data-label={t("column.state")}>
        {item.enabled
          ? <Status tone="good" label={t("channel.on")} />
          : <Status tone="plain" label={t("channel.off")} />}
      </td>
      <td data-label={t("channel.severities")}>{item.severities.join(", ")}</td>
      <td data-label={t("column.namespace")}>{item.namespaces?.join(", ") ?? t("list.all")}</td>
      <td>
        <div class="actions">
          <DoButton context={context} action={`${path}/test`} label={t("channel.test")} />
          <DoButton
            context={context}
            action={`${path}/switch`}
            fields={{ enabled: item.enabled ? "no" : "yes" }}
            label={item.enabled ? t("channel.switch_off") : t("channel.switch_on")}
          />
          <DoButton
            context={context}
            action={`${path}/delete`}
            label={t("action.delete")}
            confirm={t("channel.delete_confirm")}
            tone="danger"
          />
        </div>
      </td>
    </tr>
  );
}

async function channelForm(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { t, form } = context;
  const type = context.param("type");
  const fields = fieldsOf(type);
  const title = t("channel.new");
  const picked = form.getAll("severity");
  const body = (
    <>
      <Head title={title} lead={type} />
      {problem === undefined ? null : (
        <Note tone="bad">
          {problem.message} {t("form.value_again")}
        </Note>
      )}
      <section class="panel">
        <Form context={context} action={`/ui/notifications/new/${type}`}>
          <TextField
            name="name"
            label={t("channel.name")}
            value={form.get("name")}
            problem={problem}
            required
          />
          {fields.map(([name, label, secret]) => (
            <TextField
              name={name}
              label={t(label)}
              type={secret ? "password" : "text"}
              value={secret ? null : form.get(name)}
              problem={problem}
              required={name !== "from" && name !== "account"}
            />
          ))}
          <fieldset>
            <legend>{t("channel.severities")}</legend>
            {SEVERITIES.map((severity) => (
              <Choice
                type="checkbox"
                name="severity"
                value={severity}
                checked={picked.length === 0 || picked.includes(severity)}
              >
                {t(`severity.${severity}`)}
              </Choice>
            ))}
          </fieldset>
          <div class="row">
            <button class="primary" type="submit">{t("form.save")}</button>
            <a class="button" href="/ui/notifications">{t("form.cancel")}</a>
          </div>
        </Form>
      </section>
    </>
  );
  return { title, nav: "notifications", body };
}

function fieldsOf(type: string) {
  const fields = Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined;
  if (fields !== undefined) return fields;
  throw new VaultError("channel.not_found", "There is no such type of channel");
}

function create(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  const type = context.param("type");
  return trying(context.t, async () => {
    const config = Object.fromEntries(
      fieldsOf(type).map(([name]) => [name, (form.get(name) ?? "").trim()]).filter(([, text]) => text !== ""),
    );
    const body = {
      channel_type: type,
      name: form.get("name") ?? "",
      config,
      severities: form.getAll("severity"),
    };
    await api("POST /admin/notification-channels", { body });
    return new GoTo("/ui/notifications", "done.channel_added");
  }, (problem) => channelForm(context, problem));
}

const DELIVERY_TONES: Readonly<Record<string, Tone>> = { delivered: "good", failed: "bad", waiting: "warn" };

async function deliveries(context: PageContext): Promise<PageView> {
  const { api, t } = context;
  const params = { id: context.param("id") };
  const items = await api("GET /admin/notification-channels/:id/deliveries", { params });
  const title = t("channel.deliveries");
  const body = (
    <>
      <Head title={title} lead={t("channel.deliveries_lead")}>
        <a class="button" href="/ui/notifications">{t("channel.back")}</a>
      </Head>
      <ListPanel context={context} next={undefined}>
        {items.length === 0
          ? <Empty title={t("channel.nothing_told")} next={t("channel.nothing_told_next")} />
          : (
            <Table
              label={title}
              columns={[
                t("audit.when"),
                t("audit.what"),
                t("column.state"),
                t("channel.attempts"),
                t("channel.result"),
              ]}
            >
              {items.map((item) => (
                <tr>
                  <th scope="row">
                    <Moment at={item.raised_at} />
                  </th>
                  <td data-label={t("audit.what")}>{eventName(t, item.kind)}</td>
                  <td data-label={t("column.state")}>
                    <Status tone={DELIVERY_TONES[item.state] ?? "plain"} label={item.state} />
                  </td>
                  <td data-label={t("channel.attempts")}>{item.attempts}</td>
                  <td data-label={t("channel.result")}>
                    <Said text={item.result} />
                  </td>
                </tr>
              ))}
            </Table>
          )}
      </ListPanel>
    </>
  );
  return { title, nav: "notifications", body };
}

function test(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    const params = { id: context.param("id") };
    const tested = await context.api("POST /admin/notification-channels/:id/test", { params });
    return await channels(context, { tested });
  }, (problem) => channels(context, { problem }));
}

function toggle(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    const body = { enabled: context.form.get("enabled") === "yes" };
    await context.api("PUT /admin/notification-channels/:id", { params: { id: context.param("id") }, body });
    return new GoTo("/ui/notifications", "done.saved");
  }, (problem) => channels(context, { problem }));
}

function remove(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    await context.api("DELETE /admin/notification-channels/:id", { params: { id: context.param("id") } });
    return new GoTo("/ui/notifications", "done.deleted");
  }, (problem) => channels(context, { problem }));
}
