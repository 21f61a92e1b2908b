/** A map of what agents could read now: agent → project → secret, and beneath it what stands before the rest. */

import type { ReachedProject } from "../../../shared/api/reach.ts";
import { TextField } from "../fields.tsx";
import { look, type PageContext, type PageView } from "../page.ts";
import { Empty, Head, Note, Said, Status } from "../pieces.tsx";
import { visible } from "../visible.ts";
import type { Translate } from "../words/words.ts";
import { agentPath } from "./agents.tsx";
import { Filters, ListPanel, namespaceFilter, queryOf, Table } from "./lists.tsx";
import { projectPath } from "./projects.tsx";
import { shortened } from "./usage.tsx";

export const reachPages = [look("/ui/reach", reach)];

async function reach(context: PageContext): Promise<PageView> {
  const { api, t, query } = context;
  const { cursor: _, ...wanted } = queryOf(context, ["agent_id", "project", "namespace"]);
  const { projects, more } = await api("GET /admin/reach", { query: wanted });
  const title = t("nav.reach");
  const body = (
    <>
      <Head title={title} lead={t("reach.lead")}>
        <a class="button" href="/ui/policies/test">{t("policies.test")}</a>
      </Head>
      <Filters context={context}>
        <TextField name="agent_id" label={t("column.agent")} value={query("agent_id")} />
        <TextField name="project" label={t("column.project")} value={query("project")} />
        {await namespaceFilter(context)}
      </Filters>
      <ListPanel context={context} next={undefined}>
        {more ? <Note tone="warn">{t("reach.more")}</Note> : null}
        {projects.length === 0 ? <Empty title={t("projects.none")} next={t("projects.none_next")} /> : (
          <>
            <Map t={t} projects={projects} />
            <Rows t={t} projects={projects} title={title} />
          </>
        )}
      </ListPanel>
    </>
  );
  return { title, nav: "reach", body };
}

interface Piece {
  readonly t: Translate;
  readonly projects: readonly ReachedProject[];
}

/** More boxes in a column than a picture can show. */
const MOST = 40;
const WIDTH = 960;
const BOX = { width: 250, height: 30, gap: 12 };
const COLUMNS = [0, (WIDTH - BOX.width) / 2, WIDTH - BOX.width] as const;

interface Way {
  readonly agent: string;
  readonly project: string;
  readonly secret: string;
}

function waysOf(projects: readonly ReachedProject[]): Way[] {
  return projects.flatMap(({ agent_id, project_name, namespace, secrets }) =>
    agent_id === null ? [] : secrets.filter(({ barrier }) => barrier === null).map(({ key_path }) => ({
      agent: `${agent_id} · ${namespace}`,
      project: `${project_name} · ${namespace}`,
      secret: `${key_path} · ${namespace}`,
    }))
  );
}

function namesOf(ways: readonly Way[], column: keyof Way): string[] {
  return [...new Set(ways.map((way) => way[column]))].slice(0, MOST);
}

function Map({ t, projects }: Piece) {
  const ways = waysOf(projects);
  if (ways.length === 0) return <Empty title={t("reach.nothing")} next={t("reach.nothing_next")} />;
  const columns = [namesOf(ways, "agent"), namesOf(ways, "project"), namesOf(ways, "secret")] as const;
  const rows = Math.max(...columns.map((names) => names.length));
  const height = rows * (BOX.height + BOX.gap) + 28;
  const lines = new Set(ways.flatMap((way) => [
    line(columns, 0, way.agent, way.project),
    line(columns, 1, way.project, way.secret),
  ]));
  const heads = [t("column.agent"), t("column.project"), t("reach.secret")];
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={t("reach.picture")}>
      <svg
        class="picture map"
        viewBox={`-6 0 ${WIDTH + 12} ${height}`}
        role="img"
        aria-label={t("reach.picture")}
      >
        {[...lines].filter((path) => path !== "").map((path) => <path class="way" d={path} />)}
        {heads.map((head, at) => <text x={COLUMNS[at]} y="14">{head}</text>)}
        {columns.map((names, column) =>
          names.map((name, at) => (
            <g>
              <title>{visible(name)}</title>
              <rect
                class="box"
                x={COLUMNS[column]}
                y={top(at)}
                width={BOX.width}
                height={BOX.height}
                rx="6"
              />
              <text class="strong" x={(COLUMNS[column] ?? 0) + 10} y={top(at) + 20}>
                {shortened(visible(name), 32)}
              </text>
            </g>
          ))
        )}
      </svg>
    </div>
  );
}

function top(row: number): number {
  return 24 + row * (BOX.height + BOX.gap);
}

/** From the right edge of a box to the left edge of one in the next column; "" where a column was cut short. */
function line(columns: readonly (readonly string[])[], column: 0 | 1, from: string, to: string): string {
  const [start, end] = [columns[column]?.indexOf(from) ?? -1, columns[column + 1]?.indexOf(to) ?? -1];
  if (start === -1 || end === -1) return "";
  const [x1, x2] = [COLUMNS[column] + BOX.width, COLUMNS[column + 1] ?? WIDTH];
  const [y1, y2] = [top(start) + BOX.height / 2, top(end) + BOX.height / 2];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

function Rows({ t, projects, title }: Piece & { readonly title: string }) {
  return (
    <Table
      label={title}
      columns={[t("column.agent"), t("column.project"), t("reach.secret"), t("reach.state")]}
    >
      {projects.flatMap(({ agent_id, project_name, namespace, secrets }) =>
        secrets.map(({ secret_id, key_path, is_honey_token, barrier }) => (
          <tr>
            <th scope="row">
              {agent_id === null ? <Said text={null} /> : (
                <a href={agentPath(agent_id, namespace)}>
                  <Said text={agent_id} />
                </a>
              )}
            </th>
            <td data-label={t("column.project")}>
              <a href={projectPath(project_name, namespace)}>
                <Said text={project_name} />
              </a>
            </td>
            <td data-label={t("reach.secret")}>
              <a href={`/ui/secrets/${secret_id}`}>
                <Said text={key_path} mono />
              </a>{" "}
              {is_honey_token ? <Status tone="warn" label={t("secret.decoy")} /> : null}
            </td>
            <td data-label={t("reach.state")}>
              {barrier === null
                ? <Status tone="good" label={t("reach.could")} />
                : <Status tone="plain" label={t(`barrier.${barrier}`)} />}
            </td>
          </tr>
        ))
      )}
    </Table>
  );
}
