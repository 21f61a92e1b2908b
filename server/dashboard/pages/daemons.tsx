/** The daemon binaries that may attest. An empty list lets every binary in, and says so. */

import type { AllowedDaemonSummary } from "../../../shared/api/daemons.ts";
import { TextField } from "../fields.tsx";
import {
  act,
  type FormProblem,
  GoTo,
  look,
  type PageAnswer,
  type PageContext,
  type PageView,
} from "../page.ts";
import { DoButton, Form, Head, Moment, Note, Said, Status } from "../pieces.tsx";
import { trying } from "../problems.ts";
import { ListPanel, queryOf, SHOWN, Table } from "./lists.tsx";

export const daemonPages = [
  look("/ui/daemons", (context) => daemons(context)),
  act("/ui/daemons", allow),
  act("/ui/daemons/:sha/remove", remove),
];

async function daemons(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { api, t, form } = context;
  const query = { ...queryOf(context, []), limit: SHOWN };
  const { items, next } = await api("GET /admin/allowed-daemon-versions", { query });
  const seen = await api("GET /admin/daemon-sessions", { query: { limit: SHOWN }, audited: false });
  const listed = new Set(items.map(({ binary_sha256 }) => binary_sha256));
  const running = seen.items.filter(({ revoked_at }) => revoked_at === null);
  const strangers = [...new Map(running.map((session) => [session.binary_sha256, session])).values()]
    .filter(({ binary_sha256 }) => !listed.has(binary_sha256));
  const title = t("nav.daemons");
  const body = (
    <>
      <Head title={title} lead={t("daemons.lead")} />
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      {items.length === 0
        ? <Note tone="warn">{t("daemons.open")}</Note>
        : (
          <ListPanel context={context} next={next}>
            <Table
              label={title}
              columns={[
                "SHA-256",
                t("secret.version"),
                t("column.state"),
                t("column.description"),
                t("column.created"),
                t("column.actions"),
              ]}
            >
              {items.map((item) => <AllowedRow context={context} item={item} />)}
            </Table>
          </ListPanel>
        )}
      <section class="panel" aria-labelledby="add">
        <h2 id="add">{t("daemons.add")}</h2>
        {strangers.length === 0 ? null : (
          <div class="stack">
            <p>{t("daemons.running")}</p>
            {strangers.map(({ binary_sha256, daemon_version, hostname }) => (
              <div class="row">
                <Said text={hostname} /> <Said text={daemon_version} />{" "}
                <code>{binary_sha256.slice(0, 16)}…</code>
                <DoButton
                  context={context}
                  action="/ui/daemons"
                  fields={{ binary_sha256, version: daemon_version ?? "" }}
                  label={t("daemons.allow_this")}
                />
              </div>
            ))}
          </div>
        )}
        <Form context={context} action="/ui/daemons">
          <TextField
            name="binary_sha256"
            label={t("daemons.sha")}
            hint={t("daemons.sha_hint")}
            value={form.get("binary_sha256")}
            problem={problem}
            required
            mono
          />
          <TextField
            name="version"
            label={t("secret.version")}
            value={form.get("version")}
            problem={problem}
          />
          <TextField
            name="description"
            label={t("column.description")}
            value={form.get("description")}
            problem={problem}
          />
          <div>
            <button class="primary" type="submit">{t("daemons.allow")}</button>
          </div>
        </Form>
      </section>
    </>
  );
  return { title, nav: "daemons", body };
}

function AllowedRow(
  { context, item }: { readonly context: PageContext; readonly item: AllowedDaemonSummary },
) {
  const { t } = context;
  return (
    <tr>
      <th scope="row">
        <code>{item.binary_sha256}</code>
      </th>
      <td data-label={t("secret.version")}>
        <Said text={item.version} />
      </td>
      <td data-label={t("column.state")}>
        {item.enabled === 1
          ? <Status tone="good" label={t("daemons.allowed")} />
          : <Status tone="bad" label={t("daemons.refused")} />}
      </td>
      <td data-label={t("column.description")}>
        <Said text={item.description} />
      </td>
      <td data-label={t("column.created")}>
        <Moment at={item.created_at} />
      </td>
      <td>
        <DoButton
          context={context}
          action={`/ui/daemons/${item.binary_sha256}/remove`}
          label={t("daemons.remove")}
          confirm={t("daemons.remove_confirm")}
          tone="danger"
        />
      </td>
    </tr>
  );
}

function allow(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  const textOrNull = (name: string) => {
    const text = (form.get(name) ?? "").trim();
    return text === "" ? null : text;
  };
  return trying(context.t, async () => {
    const body = {
      binary_sha256: form.get("binary_sha256") ?? "",
      version: textOrNull("version"),
      description: textOrNull("description"),
    };
    await api("POST /admin/allowed-daemon-versions", { body });
    return new GoTo("/ui/daemons", "done.saved");
  }, (problem) => daemons(context, problem));
}

function remove(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    await context.api("DELETE /admin/allowed-daemon-versions/:sha", {
      params: { sha: context.param("sha") },
    });
    return new GoTo("/ui/daemons", "done.removed");
  }, (problem) => daemons(context, problem));
}
