/** Projects with the state of their tokens. */

import type { ProjectSummary } from "../../../shared/api/projects.ts";
import { TextField } from "../fields.tsx";
import { look, type PageContext, type PageView } from "../page.ts";
import { Empty, Head, Moment, Said, Status, type Tone } from "../pieces.tsx";
import type { Translate } from "../words/words.ts";
import { Filters, ListPanel, namespaceFilter, queryOf, SHOWN, Table } from "./lists.tsx";

export const projectPages = [look("/ui/projects", projects)];

async function projects(context: PageContext): Promise<PageView> {
  const { api, t, query } = context;
  const wanted = queryOf(context, ["search", "namespace"]);
  const { items, next } = await api("GET /admin/projects", { query: { ...wanted, limit: SHOWN } });
  const title = t("nav.projects");
  const body = (
    <>
      <Head title={title} lead={t("projects.lead")}>
        <a class="button" href="/ui/reach">{t("nav.reach")}</a>
        <a class="button primary" href="/ui/grant">{t("project.grant")}</a>
      </Head>
      <Filters context={context}>
        <TextField name="search" type="search" label={t("list.search")} value={query("search")} />
        {await namespaceFilter(context)}
      </Filters>
      <ListPanel context={context} next={next}>
        {items.length === 0
          ? (
            <Empty
              title={Object.keys(wanted).length > 0 ? t("list.no_match") : t("projects.none")}
              next={Object.keys(wanted).length > 0 ? t("list.no_match_next") : t("projects.none_next")}
            />
          )
          : (
            <Table
              label={title}
              columns={[
                t("column.project"),
                t("column.agent"),
                t("column.namespace"),
                t("project.token"),
                t("project.token_ends"),
                t("column.names"),
              ]}
            >
              {items.map((item) => <ProjectRow t={t} item={item} />)}
            </Table>
          )}
      </ListPanel>
    </>
  );
  return { title, nav: "projects", body };
}

/** Where a project has its page. */
export function projectPath(name: string, namespace: string): string {
  return `/ui/projects/${encodeURIComponent(name)}?namespace=${encodeURIComponent(namespace)}`;
}

const TOKEN_TONES: Readonly<Record<ProjectSummary["token_status"], Tone>> = {
  active: "good",
  expired: "plain",
  revoked: "bad",
  none: "plain",
};

/** Frozen, or how its token is. */
export function ProjectState({ t, item }: { readonly t: Translate; readonly item: ProjectSummary }) {
  if (item.frozen_at !== null) return <Status tone="warn" label={t("state.frozen")} />;
  return <Status tone={TOKEN_TONES[item.token_status]} label={t(`token.${item.token_status}`)} />;
}

function ProjectRow({ t, item }: { readonly t: Translate; readonly item: ProjectSummary }) {
  return (
    <tr>
      <th scope="row">
        <a href={projectPath(item.project_name, item.namespace)}>
          <Said text={item.project_name} />
        </a>
      </th>
      <td data-label={t("column.agent")}>
        <Said text={item.agent_id} />
      </td>
      <td data-label={t("column.namespace")}>{item.namespace}</td>
      <td data-label={t("project.token")}>
        <ProjectState t={t} item={item} />
      </td>
      <td data-label={t("project.token_ends")}>
        <Moment at={item.token_expires_at} />
      </td>
      <td data-label={t("column.names")}>{Object.keys(item.env_mappings).length}</td>
    </tr>
  );
}
