/** Programs that may act for an agent: the list, another one, and one less. */

import type { AllowedCallerSummary } from "../../../shared/api/allowed_callers.ts";
import { SelectField, TextField } from "../fields.tsx";
import {
  act,
  type FormProblem,
  GoTo,
  look,
  type PageAnswer,
  type PageContext,
  type PageView,
} from "../page.ts";
import { DoButton, Empty, Form, Head, Moment, Note, Said } from "../pieces.tsx";
import { trying } from "../problems.ts";
import { visible } from "../visible.ts";
import type { Translate } from "../words/words.ts";
import { agentPath } from "./agents.tsx";
import { Table } from "./lists.tsx";

export const agentCallerPages = [
  look("/ui/agents/:agent_id/callers", (context) => callers(context)),
  act("/ui/agents/:agent_id/callers/add", add),
  act("/ui/agents/:agent_id/callers/remove", remove),
];

/** Where the list of an agent is. */
export function callersPath(agentId: string, namespace: string): string {
  return agentPath(agentId, namespace).replace("?", "/callers?");
}

function addressOf({ param, form, query }: PageContext) {
  const agent_id = param("agent_id");
  const namespace = form.get("namespace") ?? query("namespace");
  const named = namespace === "" ? "default" : namespace;
  return { agent_id, namespace: named, params: { agent_id }, query: { namespace: named } };
}

async function callers(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { api, t } = context;
  const { agent_id, namespace, params, query } = addressOf(context);
  const items = await api("GET /admin/agents/:agent_id/allowed-callers", { params, query });
  const title = t("callers.title", { agent: visible(agent_id) });
  const body = (
    <>
      <Head title={title} lead={t("callers.lead")}>
        <a class="button" href={agentPath(agent_id, namespace)}>{t("callers.back")}</a>
      </Head>
      {problem === undefined || problem.fields.length > 0 ? null : <Note tone="bad">{problem.message}</Note>}
      <section class="panel flush" aria-label={title}>
        {items.length === 0
          ? <Empty title={t("callers.none")} next={t("callers.none_next")} />
          : <Listed context={context} items={items} />}
      </section>
      <AddForm context={context} problem={problem} />
    </>
  );
  return { title, nav: "agents", body };
}

interface Listing {
  readonly context: PageContext;
  readonly items: readonly AllowedCallerSummary[];
}

function Listed({ context, items }: Listing) {
  const { t } = context;
  return (
    <Table
      label={t("callers.programs")}
      columns={[
        t("callers.program"),
        t("callers.role"),
        t("column.created"),
        t("callers.by"),
        t("column.actions"),
      ]}
    >
      {items.map((item) => (
        <tr>
          <th scope="row">
            <Said text={item.label} />
            <p class="small quiet long mono">{item.sha256}</p>
          </th>
          <td data-label={t("callers.role")}>{roleName(t, item.role)}</td>
          <td data-label={t("column.created")}>
            <Moment at={item.created_at} />
          </td>
          <td data-label={t("callers.by")}>
            <Said text={item.created_by} />
          </td>
          <td>
            <RemoveButton context={context} item={item} items={items} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Without the last program of a list any program passes, so taking it off says so first. */
function RemoveButton({ context, item, items }: Listing & { readonly item: AllowedCallerSummary }) {
  const { t } = context;
  const { agent_id, namespace } = addressOf(context);
  const isLast = items.filter(({ role }) => role === item.role).length === 1;
  const fields = { namespace, sha256: item.sha256, role: item.role };
  return (
    <DoButton
      context={context}
      action={`/ui/agents/${encodeURIComponent(agent_id)}/callers/remove`}
      fields={isLast ? { ...fields, allow_any: "true" } : fields}
      label={isLast ? t("callers.remove_last") : t("callers.remove")}
      confirm={isLast ? t("callers.remove_last_confirm") : t("callers.remove_confirm")}
      tone="danger"
    />
  );
}

function AddForm(
  { context, problem }: { readonly context: PageContext; readonly problem: FormProblem | undefined },
) {
  const { t, form } = context;
  const { agent_id, namespace } = addressOf(context);
  const given = { problem };
  return (
    <section class="panel" aria-labelledby="add">
      <h2 id="add">{t("callers.add")}</h2>
      <Form context={context} action={`/ui/agents/${encodeURIComponent(agent_id)}/callers/add`}>
        <input type="hidden" name="namespace" value={namespace} />
        <TextField
          name="sha256"
          label={t("callers.hash")}
          hint={t("callers.hash_hint")}
          value={form.get("sha256")}
          required
          mono
          {...given}
        />
        <SelectField
          name="role"
          label={t("callers.role")}
          value={form.get("role") ?? "caller"}
          options={[
            { value: "caller", label: roleName(t, "caller") },
            { value: "parent", label: roleName(t, "parent") },
          ]}
        />
        <TextField name="label" label={t("callers.label")} value={form.get("label")} {...given} />
        <div>
          <button class="primary" type="submit">{t("callers.add_now")}</button>
        </div>
      </Form>
    </section>
  );
}

function roleName(t: Translate, role: AllowedCallerSummary["role"]): string {
  return role === "caller" ? t("callers.role_caller") : t("callers.role_parent");
}

function add(context: PageContext): Promise<PageAnswer> {
  const { form, api, t } = context;
  const { agent_id, namespace, params, query } = addressOf(context);
  return trying(t, async () => {
    const label = (form.get("label") ?? "").trim();
    const body = {
      sha256: form.get("sha256") ?? "",
      role: form.get("role") ?? "caller",
      label: label === "" ? null : label,
    };
    await api("POST /admin/agents/:agent_id/allowed-callers", { params, query, body });
    return new GoTo(callersPath(agent_id, namespace), "done.caller_added");
  }, (problem) => callers(context, problem));
}

function remove(context: PageContext): Promise<PageAnswer> {
  const { form, api, t } = context;
  const { agent_id, namespace, params, query } = addressOf(context);
  return trying(t, async () => {
    const named = { sha256: form.get("sha256") ?? "", role: form.get("role") ?? "caller" };
    const allowAny = form.get("allow_any") === "true" ? { allow_any: "true" } : {};
    await api("DELETE /admin/agents/:agent_id/allowed-callers", {
      params,
      query: { ...query, ...named, ...allowAny },
    });
    return new GoTo(callersPath(agent_id, namespace), "done.caller_removed");
  }, (problem) => callers(context, problem));
}
