/** One agent: its key, the daemons that act for it, its projects, and what stops it. */

import type { AgentSummary } from "../../../shared/api/agents.ts";
import type { DaemonSessionSummary } from "../../../shared/api/daemons.ts";
import type { ReachedProject } from "../../../shared/api/reach.ts";
import { VaultError } from "../../../shared/errors.ts";
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
import { DoButton, Empty, Form, Head, Moment, Note, Said, Status } from "../pieces.tsx";
import { trying } from "../problems.ts";
import { visible } from "../visible.ts";
import { agentPath, AgentState } from "./agents.tsx";
import { callersPath } from "./agent_callers.tsx";
import { Table } from "./lists.tsx";
import { projectPath } from "./projects.tsx";

export const oneAgentPages = [
  look("/ui/agents/:agent_id", (context) => agent(context)),
  act("/ui/agents/:agent_id/freeze", freeze),
  act("/ui/agents/:agent_id/unfreeze", unfreeze),
  act("/ui/agents/:agent_id/end-session", endSession),
  act("/ui/agents/:agent_id/log-out", logOut),
  act("/ui/agents/:agent_id/delete", remove),
];

function addressOf(context: PageContext) {
  const agent_id = context.param("agent_id");
  const namespace = context.form.get("namespace") ?? context.query("namespace");
  const query = namespace === "" ? {} : { namespace };
  return { params: { agent_id }, query, path: agentPath(agent_id, namespace === "" ? "default" : namespace) };
}

async function agent(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { api, t } = context;
  const { params: { agent_id }, query } = addressOf(context);
  const { items: [item] } = await api("GET /admin/agents", { query: { ...query, agent_id, limit: "1" } });
  if (item === undefined) throw new VaultError("agent.not_found", "There is no agent of this id");
  const { namespace } = item;
  const sessions = await api("GET /admin/daemon-sessions", {
    query: { agent_id, limit: "20" },
    audited: false,
  });
  const { projects } = await api("GET /admin/reach", { query: { agent_id, namespace }, audited: false });
  const title = visible(item.agent_id);
  const body = (
    <>
      <Head title={title} lead={t("secret.lead", { namespace })}>
        <AgentState t={t} item={item} />
        <a class="button" href="/ui/agents">{t("agents.back")}</a>
        <a class="button" href={callersPath(item.agent_id, namespace)}>{t("callers.programs")}</a>
      </Head>
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      <div class="columns">
        <State context={context} item={item} />
        <Projects context={context} projects={projects} />
      </div>
      <Sessions
        context={context}
        item={item}
        sessions={sessions.items.filter((each) => each.namespace === namespace)}
      />
      <Serious context={context} item={item} />
    </>
  );
  return { title, nav: "agents", body };
}

interface Piece {
  readonly context: PageContext;
  readonly item: AgentSummary;
}

function pathOf({ agent_id }: AgentSummary): string {
  return `/ui/agents/${encodeURIComponent(agent_id)}`;
}

function State({ context, item }: Piece) {
  const { t } = context;
  return (
    <section class="panel" aria-labelledby="state">
      <h2 id="state">{t("agent.key")}</h2>
      <div class="fingerprint">{item.fingerprint}</div>
      <dl class="facts">
        <dt>{t("column.description")}</dt>
        <dd>
          <Said text={item.description} />
        </dd>
        <dt>{t("column.created")}</dt>
        <dd>
          <Moment at={item.created_at} />
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
      {item.frozen_at === null
        ? (
          <Form context={context} action={`${pathOf(item)}/freeze`}>
            <input type="hidden" name="namespace" value={item.namespace} />
            <TextField name="reason" label={t("agent.freeze_reason")} hint={t("agent.freeze_hint")} />
            <div>
              <button class="danger" type="submit">{t("action.freeze")}</button>
            </div>
          </Form>
        )
        : (
          <DoButton
            context={context}
            action={`${pathOf(item)}/unfreeze`}
            fields={{ namespace: item.namespace }}
            label={t("action.unfreeze")}
            confirm={t("agent.unfreeze_confirm")}
          />
        )}
    </section>
  );
}

function Projects(
  { context: { t }, projects }: {
    readonly context: PageContext;
    readonly projects: readonly ReachedProject[];
  },
) {
  return (
    <section class="panel" aria-labelledby="projects">
      <h2 id="projects">{t("nav.projects")}</h2>
      {projects.length === 0
        ? <Empty title={t("agent.no_projects")} next={t("projects.none_next")} />
        : (
          <ul class="events">
            {projects.map(({ project_name, namespace, secrets }) => (
              <li>
                <a href={projectPath(project_name, namespace)}>
                  <Said text={project_name} />
                </a>
                <span class="small quiet">
                  {t("agent.reaches", {
                    some: secrets.filter(({ barrier }) => barrier === null).length,
                    all: secrets.length,
                  })}
                </span>
              </li>
            ))}
          </ul>
        )}
    </section>
  );
}

function Sessions(
  { context, item, sessions }: Piece & { readonly sessions: readonly DaemonSessionSummary[] },
) {
  const { t } = context;
  return (
    <section class="panel flush" aria-labelledby="sessions">
      <div class="panel-head">
        <h2 id="sessions">{t("agent.sessions")}</h2>
      </div>
      {sessions.length === 0
        ? <Empty title={t("agent.no_sessions")} next={t("agent.no_sessions_next")} />
        : (
          <Table
            label={t("agent.sessions")}
            columns={[
              t("device.host"),
              t("column.state"),
              t("agent.daemon"),
              t("agent.since"),
              t("column.until"),
              t("column.actions"),
            ]}
          >
            {sessions.map((session) => (
              <tr>
                <th scope="row">
                  <Said text={session.hostname} />
                </th>
                <td data-label={t("column.state")}>
                  {session.revoked_at === null
                    ? <Status tone="good" label={t("state.active")} />
                    : <Status tone="plain" label={t("state.ended")} />}
                </td>
                <td data-label={t("agent.daemon")}>
                  <Said text={session.daemon_version} />{" "}
                  <span class="small quiet mono">{session.binary_sha256.slice(0, 16)}…</span>
                </td>
                <td data-label={t("agent.since")}>
                  <Moment at={session.created_at} />
                </td>
                <td data-label={t("column.until")}>
                  <Moment at={session.expires_at} />
                </td>
                <td>
                  {session.revoked_at === null
                    ? (
                      <DoButton
                        context={context}
                        action={`${pathOf(item)}/end-session`}
                        fields={{ namespace: item.namespace, session_id: session.session_id }}
                        label={t("agent.end_session")}
                        tone="danger"
                      />
                    )
                    : null}
                </td>
              </tr>
            ))}
          </Table>
        )}
    </section>
  );
}

function Serious({ context, item }: Piece) {
  const { t } = context;
  return (
    <>
      <details class="panel">
        <summary>{t("agent.log_out")}</summary>
        <Form context={context} action={`${pathOf(item)}/log-out`}>
          <input type="hidden" name="namespace" value={item.namespace} />
          <p>{t("agent.log_out_lead")}</p>
          <div>
            <button class="danger" type="submit">{t("agent.log_out_now")}</button>
          </div>
        </Form>
      </details>
      <details class="panel">
        <summary>{t("agent.delete")}</summary>
        <Form context={context} action={`${pathOf(item)}/delete`}>
          <input type="hidden" name="namespace" value={item.namespace} />
          <p>{t("agent.delete_lead")}</p>
          <div>
            <button class="danger" type="submit">{t("secret.delete_now")}</button>
          </div>
        </Form>
      </details>
    </>
  );
}

function freeze(context: PageContext): Promise<PageAnswer> {
  const { params, query, path } = addressOf(context);
  return trying(context.t, async () => {
    const reason = (context.form.get("reason") ?? "").trim();
    const body = { reason: reason === "" ? null : reason };
    await context.api("POST /admin/agents/:agent_id/freeze", { params, query, body });
    return new GoTo(path, "done.frozen");
  }, (problem) => agent(context, problem));
}

function unfreeze(context: PageContext): Promise<PageAnswer> {
  const { params, query, path } = addressOf(context);
  return trying(context.t, async () => {
    await context.api("POST /admin/agents/:agent_id/unfreeze", { params, query });
    return new GoTo(path, "done.unfrozen");
  }, (problem) => agent(context, problem));
}

function endSession(context: PageContext): Promise<PageAnswer> {
  const { path } = addressOf(context);
  return trying(context.t, async () => {
    const params = { id: context.form.get("session_id") ?? "" };
    await context.api("DELETE /admin/daemon-sessions/:id", { params });
    return new GoTo(path, "done.session_ended");
  }, (problem) => agent(context, problem));
}

function logOut(context: PageContext): Promise<PageAnswer> {
  const { params, query, path } = addressOf(context);
  return trying(context.t, async () => {
    await context.api("DELETE /admin/devices/:agent_id", { params, query });
    return new GoTo(path, "done.logged_out");
  }, (problem) => agent(context, problem));
}

function remove(context: PageContext): Promise<PageAnswer> {
  const { params, query } = addressOf(context);
  return trying(context.t, async () => {
    await context.api("DELETE /admin/agents/:agent_id", { params, query });
    return new GoTo("/ui/agents", "done.deleted");
  }, (problem) => agent(context, problem));
}
