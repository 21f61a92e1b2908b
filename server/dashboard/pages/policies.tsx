/** Policies, and the tester that says what they and everything else mean for one read. */

import type { PolicySummary } from "../../../shared/api/policies.ts";
import type { PolicyTest } from "../../../shared/api/reach.ts";
import { VaultError } from "../../../shared/errors.ts";
import { AreaField, Choice, SelectField, TextField } from "../fields.tsx";
import {
  act,
  type FormProblem,
  GoTo,
  look,
  type PageAnswer,
  type PageContext,
  type PageView,
} from "../page.ts";
import { DoButton, Empty, Form, Head, Note, Said, Status } from "../pieces.tsx";
import { explained, trying } from "../problems.ts";
import { wordKey } from "../words/words.ts";
import { ListPanel, queryOf, SHOWN, Table } from "./lists.tsx";
import { plainLines } from "./secrets.tsx";

export const policyPages = [
  look("/ui/policies", (context) => policies(context)),
  look("/ui/policies/test", test),
  look("/ui/policies/:id", (context) => policyForm(context)),
  act("/ui/policies/:id", save),
  act("/ui/policies/:id/delete", remove),
];

/** The id of a policy that is not there yet. */
const NEW = "new";

async function policies(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { api, t } = context;
  const { items, next } = await api("GET /admin/policies", {
    query: { ...queryOf(context, []), limit: SHOWN },
  });
  const title = t("nav.policies");
  const body = (
    <>
      <Head title={title} lead={t("policies.lead")}>
        <a class="button" href="/ui/policies/test">{t("policies.test")}</a>
        <a class="button primary" href={`/ui/policies/${NEW}`}>{t("policies.new")}</a>
      </Head>
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      <ListPanel context={context} next={next}>
        {items.length === 0 ? <Empty title={t("policies.none")} next={t("policies.none_next")} /> : (
          <Table
            label={title}
            columns={[
              t("policy.name"),
              t("policy.agents"),
              t("policy.allowed"),
              t("policy.denied"),
              t("policy.on_leak"),
              t("column.actions"),
            ]}
          >
            {items.map((item) => <PolicyRow context={context} item={item} />)}
          </Table>
        )}
      </ListPanel>
    </>
  );
  return { title, nav: "policies", body };
}

function PolicyRow({ context, item }: { readonly context: PageContext; readonly item: PolicySummary }) {
  const { t } = context;
  return (
    <tr>
      <th scope="row">
        <a href={`/ui/policies/${item.id}`}>
          <Said text={item.policy_name} />
        </a>
      </th>
      <td data-label={t("policy.agents")}>
        <Said text={item.agent_pattern} mono />
      </td>
      <td data-label={t("policy.allowed")}>
        <Said text={item.allowed_paths.join(", ")} mono />
      </td>
      <td data-label={t("policy.denied")}>
        <Said text={item.denied_paths.join(", ")} mono />
      </td>
      <td data-label={t("policy.on_leak")}>{t(`on_leak.${item.on_leak}`)}</td>
      <td>
        <DoButton
          context={context}
          action={`/ui/policies/${item.id}/delete`}
          label={t("action.delete")}
          confirm={t("policy.delete_confirm")}
          tone="danger"
        />
      </td>
    </tr>
  );
}

async function findPolicy({ api }: PageContext, id: string): Promise<PolicySummary | undefined> {
  if (id === NEW) return undefined;
  const { items } = await api("GET /admin/policies", { audited: false });
  const found = items.find((item) => item.id === id);
  if (found !== undefined) return found;
  throw new VaultError("policy.not_found", "There is no such policy any more");
}

async function policyForm(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { t, form } = context;
  const id = context.param("id");
  const present = await findPolicy(context, id);
  const title = present === undefined ? t("policies.new") : t("policy.change");
  const reactions = (["notify", "revoke", "freeze"] as const).map((value) => ({
    value,
    label: t(`on_leak.${value}`),
  }));
  const body = (
    <>
      <Head title={title} lead={t("policy.lead")} />
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      <section class="panel">
        <Form context={context} action={`/ui/policies/${id}`}>
          <TextField
            name="policy_name"
            label={t("policy.name")}
            value={form.get("policy_name") ?? present?.policy_name}
            problem={problem}
            required
          />
          <TextField
            name="agent_pattern"
            label={t("policy.agents")}
            hint={t("policy.pattern_hint")}
            value={form.get("agent_pattern") ?? present?.agent_pattern}
            problem={problem}
            required
            mono
          />
          <AreaField
            name="allowed_paths"
            label={t("policy.allowed")}
            hint={t("policy.allowed_hint")}
            value={form.get("allowed_paths") ?? present?.allowed_paths.join("\n")}
            problem={problem}
          />
          <AreaField
            name="denied_paths"
            label={t("policy.denied")}
            hint={t("policy.denied_hint")}
            value={form.get("denied_paths") ?? present?.denied_paths.join("\n")}
            problem={problem}
          />
          <SelectField
            name="on_leak"
            label={t("policy.on_leak")}
            value={form.get("on_leak") ?? present?.on_leak ?? "notify"}
            options={reactions}
            problem={problem}
          />
          <Choice
            type="checkbox"
            name="allow_unredacted"
            value="yes"
            checked={form.has("policy_name")
              ? form.get("allow_unredacted") === "yes"
              : present?.allow_unredacted === true}
          >
            {t("policy.allow_unredacted")}
          </Choice>
          <div class="row">
            <button class="primary" type="submit">{t("form.save")}</button>
            <a class="button" href="/ui/policies">{t("form.cancel")}</a>
          </div>
        </Form>
      </section>
    </>
  );
  return { title, nav: "policies", body };
}

function linesOf(text: string | null): string[] {
  return plainLines(text ?? "").split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

function save(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  const id = context.param("id");
  const body = {
    policy_name: (form.get("policy_name") ?? "").trim(),
    agent_pattern: (form.get("agent_pattern") ?? "").trim(),
    allowed_paths: linesOf(form.get("allowed_paths")),
    denied_paths: linesOf(form.get("denied_paths")),
    on_leak: form.get("on_leak"),
    allow_unredacted: form.get("allow_unredacted") === "yes",
  };
  return trying(context.t, async () => {
    if (id === NEW) await api("POST /admin/policies", { body });
    else await api("PUT /admin/policies/:id", { params: { id }, body });
    return new GoTo("/ui/policies", "done.saved");
  }, (problem) => policyForm(context, problem));
}

function remove(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    await context.api("DELETE /admin/policies/:id", { params: { id: context.param("id") } });
    return new GoTo("/ui/policies", "done.deleted");
  }, (problem) => policies(context, problem));
}

async function test(context: PageContext): Promise<PageView> {
  const { t, query } = context;
  const [agent_id, project, key_path] = [query("agent_id"), query("project"), query("key_path")];
  const isAsked = agent_id !== "" && project !== "" && key_path !== "";
  const outcome = isAsked ? await ask(context) : undefined;
  const title = t("policies.test");
  const body = (
    <>
      <Head title={title} lead={t("tester.lead")}>
        <a class="button" href="/ui/policies">{t("policies.back")}</a>
      </Head>
      <section class="panel">
        <form class="stack" method="get" action="/ui/policies/test">
          <TextField name="agent_id" label={t("tester.agent")} value={agent_id} required autofocus />
          <TextField name="key_path" label={t("tester.secret")} value={key_path} required mono />
          <TextField name="project" label={t("tester.project")} value={project} required />
          <div>
            <button class="primary" type="submit">{t("tester.ask")}</button>
          </div>
        </form>
      </section>
      {typeof outcome === "string" ? <Note tone="bad">{outcome}</Note> : null}
      {outcome === undefined || typeof outcome === "string"
        ? null
        : <Verdict context={context} test={outcome} />}
    </>
  );
  return { title, nav: "policies", body };
}

async function ask({ api, t, query }: PageContext): Promise<PolicyTest | string> {
  const names = ["agent_id", "project", "key_path", "namespace"] as const;
  const wanted = Object.fromEntries(
    names.map((name) => [name, query(name).trim()]).filter(([, text]) => text !== ""),
  );
  try {
    return await api("GET /admin/policies/test", { query: wanted });
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return explained(t, error);
  }
}

function Verdict({ context: { t }, test }: { readonly context: PageContext; readonly test: PolicyTest }) {
  return (
    <section class="card" aria-live="polite">
      <h2>
        {test.allowed ? t("tester.yes") : t("tester.no")}{" "}
        <Status
          tone={test.allowed ? "good" : "bad"}
          label={test.allowed ? t("tester.allowed") : t("tester.refused")}
        />
      </h2>
      <ul class="events">
        {test.checks.map(({ check, passes, reason, name }) => {
          const words = wordKey(`why.${check}_${reason}`);
          return (
            <li>
              <span class="row">
                <Status tone={passes ? "good" : "bad"} label={t(`check.${check}`)} />
                <span>{words === undefined ? reason : t(words)}</span>
                {name === null ? null : <Said text={name} mono />}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
