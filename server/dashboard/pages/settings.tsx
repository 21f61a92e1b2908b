/** The server itself: where the log goes, a copy of the vault, and the seal. */

import type { AuditSinkSummary } from "../../../shared/api/audit_sinks.ts";
import { VERSION } from "../../../shared/version.ts";
import { act, type FormProblem, look, type PageAnswer, type PageContext, type PageView } from "../page.ts";
import { Empty, Form, Head, Note, Said, Status } from "../pieces.tsx";
import { trying } from "../problems.ts";
import { Table } from "./lists.tsx";

export const settingsPages = [
  look("/ui/settings", (context) => settings(context)),
  act("/ui/settings/backup", backup),
  act("/ui/settings/seal", seal),
];

async function settings(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { api, t } = context;
  const sinks = await api("GET /admin/audit-sinks");
  const title = t("nav.settings");
  const body = (
    <>
      <Head title={title} lead={t("settings.lead", { version: VERSION })}>
        <a class="button" href="/docs" hreflang="en">{t("settings.api")}</a>
      </Head>
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      <Sinks context={context} sinks={sinks} />
      <section class="panel" aria-labelledby="backup">
        <h2 id="backup">{t("settings.backup")}</h2>
        <p>{t("settings.backup_lead")}</p>
        <Form context={context} action="/ui/settings/backup">
          <div>
            <button type="submit">{t("settings.backup_now")}</button>
          </div>
        </Form>
      </section>
      <details class="panel">
        <summary>{t("settings.seal")}</summary>
        <Form context={context} action="/ui/settings/seal">
          <p>{t("settings.seal_lead")}</p>
          <div>
            <button class="danger" type="submit">{t("settings.seal_now")}</button>
          </div>
        </Form>
      </details>
    </>
  );
  return { title, nav: "settings", body };
}

function Sinks(
  { context: { t }, sinks }: { readonly context: PageContext; readonly sinks: readonly AuditSinkSummary[] },
) {
  return (
    <section class="panel flush" aria-labelledby="sinks">
      <div class="panel-head">
        <h2 id="sinks">{t("settings.sinks")}</h2>
      </div>
      {sinks.length === 0
        ? <Empty title={t("settings.no_sinks")} next={t("settings.no_sinks_next")} />
        : (
          <Table
            label={t("settings.sinks")}
            columns={[t("settings.sink"), t("column.state"), t("settings.behind"), t("settings.required")]}
          >
            {sinks.map((sink) => (
              <tr>
                <th scope="row">
                  {sink.kind} <Said text={sink.target} mono />
                </th>
                <td data-label={t("column.state")}>
                  <Status
                    tone={sink.state === "ok" ? "good" : "bad"}
                    label={sink.state === "ok" ? t("settings.sink_ok") : t("settings.sink_failing")}
                  />{" "}
                  {sink.problem === null ? null : <Said text={sink.problem} />}
                </td>
                <td data-label={t("settings.behind")}>{sink.behind}</td>
                <td data-label={t("settings.required")}>
                  {sink.required ? t("settings.yes") : t("settings.no")}
                </td>
              </tr>
            ))}
          </Table>
        )}
    </section>
  );
}

function backup(context: PageContext): Promise<PageAnswer> {
  return trying(
    context.t,
    () => context.api("POST /admin/backup"),
    (problem) => settings(context, problem),
  );
}

function seal(context: PageContext): Promise<PageAnswer> {
  const { api, t } = context;
  return trying(t, async () => {
    await api("POST /sys/seal");
    const title = t("settings.sealed");
    const body = (
      <>
        <Head title={title} lead={t("settings.sealed_lead")} />
      </>
    );
    return { title, nav: "settings", body };
  }, (problem) => settings(context, problem));
}
