/** `/device`: who wants to log in, shown large enough to be compared, before anything is approved. */

import type { DeviceDetails } from "../../../shared/api/device_admin.ts";
import { VaultError } from "../../../shared/errors.ts";
import { Choice, SelectField, TextField } from "../fields.tsx";
import {
  act,
  type FormProblem,
  GoTo,
  look,
  type PageAnswer,
  type PageContext,
  type PageView,
} from "../page.ts";
import { Form, Head, Moment, Note, Said } from "../pieces.tsx";
import { problemIn } from "../problems.ts";
import type { WordKey } from "../words/words.ts";

export const devicePages = [
  look("/ui/device", device),
  act("/ui/device", decide),
];

/** What was typed in a form that was refused. */
interface Typed {
  readonly code: string;
  readonly problem?: FormProblem;
  readonly agentId?: string;
  readonly namespace?: string;
}

async function device(context: PageContext): Promise<PageView> {
  const code = context.query("user_code").trim();
  return code === "" ? askForCode(context) : await showDevice(context, { code });
}

function askForCode(context: PageContext, problem?: FormProblem, code = ""): PageView {
  const { t } = context;
  const title = t("device.title");
  const body = (
    <>
      <Head title={title} lead={t("device.ask_lead")} />
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      <section class="panel">
        <form class="stack" method="get" action="/ui/device">
          <TextField
            name="user_code"
            label={t("device.code")}
            hint={t("device.code_hint")}
            value={code}
            required
            mono
            autofocus
          />
          <div>
            <button class="primary" type="submit">{t("device.look")}</button>
          </div>
        </form>
      </section>
    </>
  );
  return { title, nav: "approvals", body, ...(problem === undefined ? {} : { status: 404 }) };
}

async function showDevice(context: PageContext, typed: Typed): Promise<PageView> {
  const { api, t } = context;
  try {
    const details = await api("GET /admin/devices/by-code/:user_code", { params: { user_code: typed.code } });
    if (details.status !== "pending") {
      return askForCode(context, { fields: [], message: t("code.device_not_found") }, typed.code);
    }
    return await decisionPage(context, details, typed);
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== "device.not_found") throw error;
    return askForCode(context, problemIn(t, error), typed.code);
  }
}

async function decisionPage(
  context: PageContext,
  details: DeviceDetails,
  typed: Typed,
): Promise<PageView> {
  const { api, t } = context;
  const namespaces = await api("GET /admin/namespaces", { audited: false });
  const title = t("device.title");
  const { problem } = typed;
  const body = (
    <>
      <Head title={title} lead={t("device.lead")} />
      {problem === undefined || problem.fields.length > 0 ? null : <Note tone="bad">{problem.message}</Note>}
      <section class="card" aria-labelledby="who">
        <h2 id="who">{t("device.who", { code: details.user_code })}</h2>
        <Fingerprint context={context} details={details} />
        <Facts context={context} details={details} />
        <Note tone="warn">{t("device.warning")}</Note>
        {details.key_differs ? <Note tone="bad">{t("device.key_differs")}</Note> : null}
        <Form context={context} action="/ui/device">
          <input type="hidden" name="user_code" value={details.user_code} />
          <TextField
            name="agent_id"
            label={t("device.agent")}
            hint={t("device.agent_hint")}
            value={typed.agentId ?? details.agent_id ?? ""}
            required
            problem={problem}
          />
          <SelectField
            name="namespace"
            label={t("device.namespace")}
            hint={t("device.namespace_hint")}
            value={typed.namespace ?? details.namespace ?? "default"}
            options={namespaces.items.map(({ name }) => ({ value: name, label: name }))}
            problem={problem}
          />
          {details.key_differs
            ? (
              <Choice type="checkbox" name="replace_key" value="yes">
                {t("device.replace_key")}
              </Choice>
            )
            : null}
          <div class="row">
            <button class="primary" type="submit" name="decision" value="approve">
              {t("device.approve")}
            </button>
            <button class="danger" type="submit" name="decision" value="deny">{t("device.deny")}</button>
          </div>
        </Form>
      </section>
    </>
  );
  return { title, nav: "approvals", body, ...(problem === undefined ? {} : { status: 400 }) };
}

interface Shown {
  readonly context: PageContext;
  readonly details: DeviceDetails;
}

function Fingerprint({ context: { t }, details: { fingerprint } }: Shown) {
  if (fingerprint === null) return <Note tone="bad">{t("device.no_key")}</Note>;
  return (
    <div class="stack">
      <h3 id="fingerprint">{t("device.fingerprint")}</h3>
      <div class="fingerprint" aria-labelledby="fingerprint" role="group">{fingerprint}</div>
      <p class="quiet">{t("device.compare")}</p>
    </div>
  );
}

function Facts({ context: { t }, details }: Shown) {
  const facts: readonly (readonly [WordKey, string | null])[] = [
    ["device.host", details.hostname],
    ["device.name", details.device_name],
    ["device.os", details.os],
    ["device.address", details.source_ip],
  ];
  return (
    <dl class="facts">
      {facts.map(([word, text]) => (
        <>
          <dt>{t(word)}</dt>
          <dd>
            <Said text={text} />
          </dd>
        </>
      ))}
      <dt>{t("device.agent_state")}</dt>
      <dd>{details.agent_registered ? t("device.agent_known") : t("device.agent_new")}</dd>
      <dt>{t("device.projects")}</dt>
      <dd>{t("device.projects_told")}</dd>
      <dt>{t("device.ends")}</dt>
      <dd>
        <Moment at={details.expires_at} />
      </dd>
    </dl>
  );
}

async function decide(context: PageContext): Promise<PageAnswer> {
  const { api, form, t } = context;
  const [code, agentId, namespace] = [form.get("user_code"), form.get("agent_id"), form.get("namespace")]
    .map((text) => (text ?? "").trim());
  const isDenial = form.get("decision") === "deny";
  try {
    if (isDenial) await api("POST /admin/web/device/deny", { body: { user_code: code } });
    else {
      const replace_key = form.get("replace_key") === "yes";
      const body = { user_code: code, agent_id: agentId === "" ? null : agentId, namespace, replace_key };
      await api("POST /admin/web/device/approve", { body });
    }
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    const typed = { agentId: agentId ?? "", namespace: namespace ?? "", problem: problemIn(t, error) };
    return await showDevice(context, { code: code ?? "", ...typed });
  }
  return new GoTo("/ui/approvals", isDenial ? "done.device_denied" : "done.device_approved");
}
