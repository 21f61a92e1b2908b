/** What an admin sees first: what waits, what went wrong, what happened, what ends soon. */

import type { Activity, Alarm, Expiry, Overview } from "../../../shared/api/overview.ts";
import { look, type PageContext } from "../page.ts";
import { Empty, Head, Moment, Said, Status, type Tone } from "../pieces.tsx";
import { type Translate, wordKey } from "../words/words.ts";

export const overviewPages = [look("/ui/overview", overview)];

async function overview({ api, t }: PageContext) {
  const facts = await api("GET /admin/overview");
  const title = t("nav.overview");
  const body = (
    <>
      <Head title={title} lead={t("overview.lead")}>
        <Status tone="good" label={t("overview.unsealed", { version: facts.kek_version })} />
      </Head>
      <Tiles t={t} facts={facts} />
      <div class="columns">
        <Waits t={t} facts={facts} />
        <Alarms t={t} alarms={facts.alarms} />
      </div>
      <div class="columns">
        <Expiring t={t} list={facts.expiring} />
        <Happened t={t} list={facts.activity} />
      </div>
    </>
  );
  return { title, nav: "overview" as const, body };
}

interface Piece {
  readonly t: Translate;
}

function Tiles({ t, facts: { counts, waiting } }: Piece & { readonly facts: Overview }) {
  const tiles = [
    [t("overview.waiting"), waiting.total, "/ui/approvals"],
    [t("nav.secrets"), counts.secrets, "/ui/secrets"],
    [t("nav.projects"), counts.projects, "/ui/projects"],
    [t("nav.agents"), counts.agents, "/ui/agents"],
    [t("overview.releases"), counts.releases, "/ui/usage"],
    [t("overview.refusals"), counts.refusals, "/ui/audit?status=denied"],
  ] as const;
  return (
    <ul class="tiles">
      {tiles.map(([label, number, href]) => (
        <li class="tile">
          <strong>{number}</strong>
          <a href={href}>{label}</a>
        </li>
      ))}
    </ul>
  );
}

function Waits({ t, facts: { waiting, counts } }: Piece & { readonly facts: Overview }) {
  const lines = [
    ["overview.waiting_devices", waiting.devices],
    ["overview.waiting_access", waiting.access],
    ["overview.waiting_commands", waiting.commands],
  ] as const;
  return (
    <section class="panel" aria-labelledby="waits">
      <h2 id="waits">{t("overview.waits")}</h2>
      {waiting.total === 0
        ? <Empty title={t("overview.nothing_waits")} next={t("overview.nothing_waits_next")} />
        : (
          <>
            <dl class="facts">
              {lines.map(([word, number]) => (
                <>
                  <dt>{t(word)}</dt>
                  <dd>{number}</dd>
                </>
              ))}
            </dl>
            <p>
              <a class="button primary" href="/ui/approvals">{t("overview.decide")}</a>
            </p>
          </>
        )}
      {counts.frozen > 0
        ? (
          <p>
            <Status tone="warn" label={t("overview.frozen", { count: counts.frozen })} />{" "}
            <a href="/ui/agents">{t("nav.agents")}</a>
          </p>
        )
        : null}
    </section>
  );
}

function Alarms({ t, alarms }: Piece & { readonly alarms: readonly Alarm[] }) {
  return (
    <section class="panel" aria-labelledby="alarms">
      <h2 id="alarms">{t("overview.alarms")}</h2>
      {alarms.length === 0
        ? <Empty title={t("overview.no_alarms")} next={t("overview.no_alarms_next")} />
        : (
          <ul class="events">
            {alarms.map(({ kind, severity, agent_id, project_name, raised_at }) => (
              <li>
                <span class="row">
                  <Status tone={severity === "alarm" ? "bad" : "warn"} label={t(`severity.${severity}`)} />
                  <strong>{eventName(t, kind)}</strong>
                </span>
                <span class="small quiet">
                  {agent_id === null ? null : <Said text={agent_id} />}{" "}
                  {project_name === null ? null : <Said text={project_name} />} <Moment at={raised_at} />
                </span>
              </li>
            ))}
          </ul>
        )}
    </section>
  );
}

/** A kind of event in words; one of a later release by its name. */
export function eventName(t: Translate, kind: string): string {
  const key = wordKey(`event.${kind}`);
  return key === undefined ? kind : t(key);
}

function Expiring({ t, list }: Piece & { readonly list: readonly Expiry[] }) {
  return (
    <section class="panel" aria-labelledby="expiring">
      <h2 id="expiring">{t("overview.expiring")}</h2>
      {list.length === 0
        ? <Empty title={t("overview.nothing_expires")} next={t("overview.nothing_expires_next")} />
        : (
          <ul class="events">
            {list.map(({ what, agent_id, project_name, at }) => (
              <li>
                {t(`expiry.${what}`)} <Said text={project_name ?? agent_id} />: <Moment at={at} />
              </li>
            ))}
          </ul>
        )}
    </section>
  );
}

export function toneOf(status: string): Tone {
  if (status === "success") return "good";
  return status.startsWith("denied") ? "bad" : status === "failed" ? "bad" : "warn";
}

function Happened({ t, list }: Piece & { readonly list: readonly Activity[] }) {
  return (
    <section class="panel" aria-labelledby="happened">
      <div class="panel-head">
        <h2 id="happened">{t("overview.activity")}</h2>
        <a href="/ui/audit?looks=no">{t("overview.whole_log")}</a>
      </div>
      {list.length === 0
        ? <Empty title={t("overview.no_activity")} next={t("overview.no_activity_next")} />
        : (
          <ul class="events">
            {list.map(({ id, at, principal, action, status, project_name }) => (
              <li>
                <span class="row">
                  <Status tone={toneOf(status)} label={status} />
                  <a href={`/ui/audit/${id}`}>{action}</a>
                </span>
                <span class="small quiet">
                  <Said text={principal} /> {project_name === null ? null : <Said text={project_name} />}{" "}
                  <Moment at={at} />
                </span>
              </li>
            ))}
          </ul>
        )}
    </section>
  );
}
