/** One row of the audit log, with all that it says. */

import type { AuditLogEntry } from "../../../shared/api/audit.ts";
import { look, type PageContext, type PageView } from "../page.ts";
import { Head, Moment, Said, Status } from "../pieces.tsx";
import { visible } from "../visible.ts";
import type { WordKey } from "../words/words.ts";
import { toneOf } from "./overview.tsx";

export const auditEntryPages = [
  look("/ui/audit/:id", entryPage),
  look("/ui/audit/:id/proof", proof),
];

async function entryPage({ api, t, param }: PageContext): Promise<PageView> {
  const entry = await api("GET /admin/audit-logs/:id", { params: { id: param("id") } });
  const title = t("audit.row", { seq: entry.seq });
  const body = (
    <>
      <Head title={title} lead={entry.action}>
        <a class="button" href={`/ui/audit/${entry.id}/proof`} download>{t("audit.proof")}</a>
        <a class="button" href="/ui/audit">{t("audit.back")}</a>
      </Head>
      <section class="panel">
        <dl class="facts">
          <dt>{t("audit.when")}</dt>
          <dd>
            <Moment at={entry.timestamp} exact />
          </dd>
          <dt>{t("audit.outcome")}</dt>
          <dd>
            <Status tone={toneOf(entry.status)} label={entry.status} />
          </dd>
          {factsOf(entry).map(([word, text]) => (
            <>
              <dt>{t(word)}</dt>
              <dd>
                <Said text={text} />
              </dd>
            </>
          ))}
        </dl>
      </section>
      <section class="panel" aria-labelledby="details">
        <h2 id="details">{t("audit.details")}</h2>
        <pre tabindex={0}>{visible(JSON.stringify(entry.details, null, 2)).replaceAll("⟨U+000A⟩", "\n")}</pre>
      </section>
    </>
  );
  return { title, nav: "audit", body };
}

function factsOf(entry: AuditLogEntry): readonly (readonly [WordKey, string | null])[] {
  return [
    ["audit.who", entry.principal],
    ["column.agent", entry.agent_id],
    ["column.project", entry.project_name],
    ["column.namespace", entry.namespace],
    ["audit.about", entry.resource_path],
    ["audit.from", entry.source_ip],
    ["access.host", entry.hostname],
    ["device.os", entry.os],
    ["audit.pid", entry.caller_pid === null ? null : String(entry.caller_pid)],
    ["access.program", entry.caller_binary_sha256],
    ["audit.arguments", entry.caller_argv_hash],
    ["access.directory", entry.caller_cwd],
    ["access.commit", entry.caller_git_commit],
    ["audit.request", entry.request_id],
    ["audit.mac", entry.entry_mac],
  ];
}

/** For `cortex verify-audit` and others who check by themselves. */
async function proof({ api, param }: PageContext): Promise<Response> {
  const answer = await api("GET /admin/audit-logs/:id/proof", { params: { id: param("id") } });
  return new Response(JSON.stringify(answer, null, 2), {
    headers: {
      "Content-Type": "application/json",
      "Content-Disposition": 'attachment; filename="cortexauth-audit-proof.json"',
    },
  });
}
