/** How often values were released, day by day: a picture, and the same as a table. */

import type { Usage } from "../../../shared/api/reach.ts";
import { SelectField } from "../fields.tsx";
import { look, type PageContext, type PageView } from "../page.ts";
import { Empty, Head, Said } from "../pieces.tsx";
import { visible } from "../visible.ts";
import type { Translate } from "../words/words.ts";
import { Filters, namespaceFilter, queryOf, Table } from "./lists.tsx";

export const usagePages = [look("/ui/usage", usage)];

const SPANS = ["7", "14", "30", "90"] as const;

async function usage(context: PageContext): Promise<PageView> {
  const { api, t, query } = context;
  const { cursor: _, ...wanted } = queryOf(context, ["days", "by", "namespace"]);
  const facts = await api("GET /admin/usage", { query: wanted });
  const title = t("nav.usage");
  const by = query("by") === "agent" ? "agent" : "project";
  const body = (
    <>
      <Head title={title} lead={t("usage.lead")} />
      <Filters context={context}>
        <SelectField
          name="by"
          label={t("usage.by")}
          value={by}
          options={[
            { value: "project", label: t("column.project") },
            { value: "agent", label: t("column.agent") },
          ]}
        />
        <SelectField
          name="days"
          label={t("usage.days")}
          value={query("days") === "" ? "14" : query("days")}
          options={SPANS.map((value) => ({ value, label: t("usage.last", { days: value }) }))}
        />
        {await namespaceFilter(context)}
      </Filters>
      <div id="list" class="stack">
        {facts.series.length === 0
          ? (
            <section class="panel">
              <Empty title={t("usage.none")} next={t("usage.none_next")} />
            </section>
          )
          : (
            <>
              <section class="panel">
                <Bars t={t} facts={facts} />
              </section>
              <section class="panel flush">
                <Table label={title} columns={[t(`column.${by}`), t("usage.total"), t("usage.busiest")]}>
                  {facts.series.map(({ name, total, counts }) => (
                    <tr>
                      <th scope="row">
                        <Said text={name} />
                      </th>
                      <td data-label={t("usage.total")}>{total}</td>
                      <td data-label={t("usage.busiest")}>{busiest(facts, counts)}</td>
                    </tr>
                  ))}
                </Table>
              </section>
            </>
          )}
      </div>
    </>
  );
  return { title, nav: "usage", body };
}

function busiest({ days }: Usage, counts: readonly number[]): string {
  const most = Math.max(...counts);
  return `${days[counts.indexOf(most)] ?? ""} (${most})`;
}

const WIDTH = 900;
const NAMES = 210;
const ROW = 54;
const BAR = 36;

/** One row of bars for each name, all to one scale. */
function Bars({ t, facts: { days, series } }: { readonly t: Translate; readonly facts: Usage }) {
  const most = Math.max(1, ...series.flatMap(({ counts }) => counts));
  const step = (WIDTH - NAMES) / days.length;
  const height = series.length * ROW + 24;
  return (
    <svg class="picture" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={t("usage.picture")}>
      {series.map(({ name, counts, total }, row) => (
        <g>
          <title>{`${visible(name)}: ${total}`}</title>
          <text x="0" y={row * ROW + 26} class="strong">{shortened(visible(name), 26)}</text>
          <text x="0" y={row * ROW + 42}>{total}</text>
          <path class="axis" d={`M${NAMES} ${row * ROW + BAR + 8}H${WIDTH}`} />
          {counts.map((count, at) => {
            const size = count === 0 ? 0 : Math.max(2, (count / most) * BAR);
            return (
              <rect
                class="bar"
                x={NAMES + at * step + 1}
                y={row * ROW + BAR + 8 - size}
                width={Math.max(1, step - 2)}
                height={size}
              >
                <title>{`${days[at]}: ${count}`}</title>
              </rect>
            );
          })}
        </g>
      ))}
      <text x={NAMES} y={height - 6}>{days[0]}</text>
      <text x={WIDTH} y={height - 6} text-anchor="end">{days.at(-1)}</text>
    </svg>
  );
}

export function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
