/** One project: what it is granted and how that goes out, its token, and what stops or moves it. */

import type { GrantSummary, ProjectSummary } from "../../../shared/api/projects.ts";
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
import { DoButton, Empty, Form, Head, Moment, Note, Said, Status } from "../pieces.tsx";
import { trying } from "../problems.ts";
import { visible } from "../visible.ts";
import type { WordKey } from "../words/words.ts";
import { Table } from "./lists.tsx";
import { projectPath, ProjectState } from "./projects.tsx";

export const oneProjectPages = [
  look("/ui/projects/:name", (context) => project(context)),
  act("/ui/projects/:name/grant", grant),
  act("/ui/projects/:name/ungrant", ungrant),
  act(
    "/ui/projects/:name/revoke",
    (context) => change(context, "POST /admin/projects/:name/revoke", "done.revoked"),
  ),
  act(
    "/ui/projects/:name/freeze",
    (context) => change(context, "POST /admin/projects/:name/freeze", "done.frozen"),
  ),
  act(
    "/ui/projects/:name/unfreeze",
    (context) => change(context, "POST /admin/projects/:name/unfreeze", "done.unfrozen"),
  ),
  act("/ui/projects/:name/rebind", rebind),
  act("/ui/projects/:name/delete", remove),
];

interface Address {
  readonly params: { readonly name: string };
  readonly query: { readonly namespace?: string };
  /** Of its page. */
  readonly path: string;
}

function addressOf(context: PageContext): Address {
  const name = context.param("name");
  const namespace = context.form.get("namespace") ?? context.query("namespace");
  const query = namespace === "" ? {} : { namespace };
  return { params: { name }, query, path: projectPath(name, namespace === "" ? "default" : namespace) };
}

async function project(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { api, t } = context;
  const { params, query } = addressOf(context);
  const { items: [item] } = await api("GET /admin/projects", {
    query: { ...query, project_name: params.name, limit: "1" },
  });
  const grants = await api("GET /admin/projects/:name/grants", { params, query, audited: false });
  const namespace = item?.namespace ?? query.namespace ?? "default";
  const title = visible(params.name);
  const body = (
    <>
      <Head title={title} lead={t("secret.lead", { namespace })}>
        {item === undefined ? null : <ProjectState t={t} item={item} />}
        <a class="button" href="/ui/projects">{t("project.back")}</a>
      </Head>
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      {item === undefined
        ? <Note tone="plain">{t("project.not_yet")}</Note>
        : <State context={context} item={item} />}
      <Grants context={context} namespace={namespace} grants={grants.items} />
      <Grant context={context} namespace={namespace} problem={problem} />
      {item === undefined ? null : <Serious context={context} item={item} problem={problem} />}
    </>
  );
  return { title, nav: "projects", body };
}

function State({ context, item }: { readonly context: PageContext; readonly item: ProjectSummary }) {
  const { t } = context;
  const path = `/ui/projects/${encodeURIComponent(item.project_name)}`;
  const fields = { namespace: item.namespace };
  return (
    <section class="panel" aria-labelledby="state">
      <h2 id="state">{t("project.state")}</h2>
      <dl class="facts">
        <dt>{t("column.agent")}</dt>
        <dd>
          {item.agent_id === null
            ? <Said text={null} />
            : (
              <a href={`/ui/agents/${encodeURIComponent(item.agent_id)}?namespace=${item.namespace}`}>
                <Said text={item.agent_id} />
              </a>
            )}
        </dd>
        <dt>{t("project.token_ends")}</dt>
        <dd>
          <Moment at={item.token_expires_at} />
        </dd>
        <dt>{t("project.scope")}</dt>
        <dd>
          <Said text={item.scope.join(", ")} mono />
        </dd>
        {item.frozen_at === null ? null : (
          <>
            <dt>{t("state.frozen")}</dt>
            <dd>
              <Moment at={item.frozen_at} /> <Said text={item.frozen_reason} />
            </dd>
          </>
        )}
      </dl>
      <div class="actions">
        {item.token_status === "active"
          ? (
            <DoButton
              context={context}
              action={`${path}/revoke`}
              fields={fields}
              label={t("project.revoke")}
              confirm={t("project.revoke_confirm")}
              tone="danger"
            />
          )
          : null}
        {item.frozen_at === null
          ? (
            <DoButton
              context={context}
              action={`${path}/freeze`}
              fields={fields}
              label={t("action.freeze")}
            />
          )
          : (
            <DoButton
              context={context}
              action={`${path}/unfreeze`}
              fields={fields}
              label={t("action.unfreeze")}
            />
          )}
        <a class="button slim" href={`/ui/audit?looks=no&project=${encodeURIComponent(item.project_name)}`}>
          {t("action.log")}
        </a>
      </div>
    </section>
  );
}

interface GrantsProps {
  readonly context: PageContext;
  readonly namespace: string;
}

function Grants({ context, namespace, grants }: GrantsProps & { readonly grants: readonly GrantSummary[] }) {
  const { t } = context;
  const path = `/ui/projects/${encodeURIComponent(context.param("name"))}/ungrant`;
  return (
    <section class="panel flush" aria-labelledby="grants">
      <div class="panel-head">
        <h2 id="grants">{t("project.grants")}</h2>
      </div>
      {grants.length === 0
        ? <Empty title={t("project.no_grants")} next={t("project.no_grants_next")} />
        : (
          <Table
            label={t("project.grants")}
            columns={[
              t("project.env_name"),
              t("secret.key_path"),
              t("project.delivery"),
              t("project.granted"),
              t("column.actions"),
            ]}
          >
            {grants.map((item) => (
              <tr>
                <th scope="row">
                  <code>{item.env_var_name}</code>
                </th>
                <td data-label={t("secret.key_path")}>
                  <a href={`/ui/secrets/${item.secret_id}`}>
                    <Said text={item.secret_key_path} mono />
                  </a>
                </td>
                <td data-label={t("project.delivery")}>
                  {t(`delivery.${item.delivery}`)}{" "}
                  {item.bound ? <Status tone="plain" label={t("grant.bound")} /> : null}
                </td>
                <td data-label={t("project.granted")}>
                  <Moment at={item.granted_at} /> <Said text={item.granted_by} />
                </td>
                <td>
                  <DoButton
                    context={context}
                    action={path}
                    fields={{ namespace, grant_id: item.id }}
                    label={t("project.ungrant")}
                    confirm={t("project.ungrant_confirm")}
                    tone="danger"
                  />
                </td>
              </tr>
            ))}
          </Table>
        )}
    </section>
  );
}

function Grant({ context, namespace, problem }: GrantsProps & { readonly problem: FormProblem | undefined }) {
  const { t, form } = context;
  const deliveries = (["env", "file", "template", "never"] as const).map((value) => ({
    value,
    label: t(`delivery.${value}`),
  }));
  return (
    <details
      class="panel"
      open={(problem !== undefined && !isOfRebind(problem)) || context.query("grant") !== ""}
    >
      <summary>{t("project.grant")}</summary>
      <Form context={context} action={`/ui/projects/${encodeURIComponent(context.param("name"))}/grant`}>
        <input type="hidden" name="namespace" value={namespace} />
        <TextField
          name="key_path"
          label={t("secret.key_path")}
          hint={t("project.grant_hint", { namespace })}
          value={form.get("key_path") ?? context.query("grant")}
          problem={problem}
          required
          mono
        />
        <TextField
          name="env_var_name"
          label={t("project.env_name")}
          hint={t("project.env_hint")}
          value={form.get("env_var_name")}
          problem={problem}
          mono
        />
        <SelectField
          name="delivery"
          label={t("project.delivery")}
          value={form.get("delivery") ?? "env"}
          options={deliveries}
          problem={problem}
        />
        <Choice type="checkbox" name="bound" value="yes" checked={form.get("bound") === "yes"}>
          {t("project.bound_choice")}
        </Choice>
        <div>
          <button class="primary" type="submit">{t("project.grant_now")}</button>
        </div>
      </Form>
    </details>
  );
}

interface SeriousProps {
  readonly context: PageContext;
  readonly item: ProjectSummary;
  readonly problem: FormProblem | undefined;
}

function isOfRebind(problem: FormProblem | undefined): boolean {
  return problem?.fields.includes("agent_id") === true;
}

function Serious({ context, item, problem }: SeriousProps) {
  const { t, form } = context;
  const path = `/ui/projects/${encodeURIComponent(item.project_name)}`;
  return (
    <>
      <details class="panel" open={isOfRebind(problem)}>
        <summary>{t("project.rebind")}</summary>
        <Form context={context} action={`${path}/rebind`}>
          <input type="hidden" name="namespace" value={item.namespace} />
          <p>{t("project.rebind_lead")}</p>
          <TextField
            name="agent_id"
            label={t("project.new_agent")}
            value={form.get("agent_id")}
            problem={problem}
            required
          />
          <div>
            <button type="submit">{t("project.rebind_now")}</button>
          </div>
        </Form>
      </details>
      <details class="panel">
        <summary>{t("project.delete")}</summary>
        <Form context={context} action={`${path}/delete`}>
          <input type="hidden" name="namespace" value={item.namespace} />
          <p>{t("project.delete_lead")}</p>
          <div>
            <button class="danger" type="submit">{t("project.delete_now")}</button>
          </div>
        </Form>
      </details>
    </>
  );
}

function grant(context: PageContext): Promise<PageAnswer> {
  const { api, form, t } = context;
  const { params, query, path } = addressOf(context);
  const text = (name: string) => (form.get(name) ?? "").trim();
  return trying(t, async () => {
    const wanted = { key_path: text("key_path"), namespace: query.namespace ?? "default", limit: "1" };
    const { items: [secret] } = await api("GET /admin/secrets", { query: wanted, audited: false });
    if (secret === undefined) {
      throw new VaultError("secret.not_found", `Field 'key_path' ${t("project.no_such_secret")}`);
    }
    const name = text("env_var_name");
    const body = {
      secret_id: secret.id,
      env_var_name: name === "" ? null : name,
      delivery: form.get("delivery") ?? "env",
      bound: form.get("bound") === "yes",
    };
    await api("POST /admin/projects/:name/grants", { params, query, body });
    return new GoTo(path, "done.granted");
  }, (problem) => project(context, problem));
}

function ungrant(context: PageContext): Promise<PageAnswer> {
  const { api, form, t } = context;
  const { params: { name }, query, path } = addressOf(context);
  return trying(t, async () => {
    const params = { name, grant_id: form.get("grant_id") ?? "" };
    await api("DELETE /admin/projects/:name/grants/:grant_id", { params, query });
    return new GoTo(path, "done.ungranted");
  }, (problem) => project(context, problem));
}

function change(
  context: PageContext,
  route: `POST /admin/projects/:name/${"revoke" | "freeze" | "unfreeze"}`,
  done: WordKey,
): Promise<PageAnswer> {
  const { params, query, path } = addressOf(context);
  return trying(context.t, async () => {
    await context.api(route, { params, query });
    return new GoTo(path, done);
  }, (problem) => project(context, problem));
}

function rebind(context: PageContext): Promise<PageAnswer> {
  const { params, query, path } = addressOf(context);
  return trying(context.t, async () => {
    const body = { agent_id: (context.form.get("agent_id") ?? "").trim() };
    await context.api("POST /admin/projects/:name/rebind", { params, query, body });
    return new GoTo(path, "done.rebound");
  }, (problem) => project(context, problem));
}

function remove(context: PageContext): Promise<PageAnswer> {
  const { params, query } = addressOf(context);
  return trying(context.t, async () => {
    await context.api("DELETE /admin/projects/:name", { params, query });
    return new GoTo("/ui/projects", "done.deleted");
  }, (problem) => project(context, problem));
}
