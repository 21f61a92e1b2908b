/** One request for access: everything that an approver has to know to mean exactly one thing by their decision. */

import type { ApprovalSoFar, PendingGrantSummary } from "../../../shared/api/pending_grants.ts";
import { Choice, TextField } from "../fields.tsx";
import type { PageContext } from "../page.ts";
import { Form, Moment, Note, Said } from "../pieces.tsx";
import { visible } from "../visible.ts";
import type { WordKey } from "../words/words.ts";

/** What was chosen in a card whose decision did not work. */
export interface CardState {
  readonly id: string;
  readonly keys: readonly string[];
  readonly term: string;
  readonly note: string;
  readonly problem: string;
}

interface CardProps {
  readonly context: PageContext;
  readonly request: PendingGrantSummary;
  readonly state: CardState | undefined;
}

export function AccessCard({ context, request, state }: CardProps) {
  const { t } = context;
  const title = `access-${request.id}`;
  return (
    <section class="card" aria-labelledby={title}>
      <h2 id={title}>
        {t("access.title")} <Said text={request.project_name} />
      </h2>
      <Facts context={context} request={request} />
      <SoFar context={context} approvals={request.approvals_so_far} />
      <Form context={context} action={`/ui/approvals/${request.id}/decide`}>
        <input type="hidden" name="request_sha256" value={request.request_sha256} />
        <Names context={context} request={request} state={state} />
        <Terms context={context} chosen={state?.term ?? "day"} />
        <TextField
          name="note"
          at={request.id}
          label={t("access.note")}
          hint={t("access.note_hint")}
          value={state?.note ?? ""}
        />
        <div class="row">
          <button class="primary" type="submit" name="decision" value="approve">{t("access.approve")}</button>
          <button class="danger" type="submit" name="decision" value="deny">{t("access.deny")}</button>
          <span class="quiet small">{t("access.silence")}</span>
        </div>
      </Form>
    </section>
  );
}

/** Who has approved where two people have to. */
export function SoFar({ context: { t }, approvals }: {
  readonly context: PageContext;
  readonly approvals: readonly ApprovalSoFar[];
}) {
  if (approvals.length === 0) return null;
  const people = approvals.map(({ person }) => person.replace(/^person:/, "")).join(", ");
  return <Note tone="warn">{t("access.so_far", { people })}</Note>;
}

function Facts({ context: { t }, request }: Pick<CardProps, "context" | "request">) {
  const { asked_from: from } = request;
  const facts: readonly (readonly [WordKey, string | null, boolean])[] = [
    ["access.agent", request.agent_id, false],
    ["access.fingerprint", request.fingerprint, true],
    ["access.namespace", request.namespace, false],
    ["access.host", from.hostname, false],
    ["access.address", request.source_ip, true],
    ["access.program", from.binary_sha256 === null ? null : `SHA-256 ${from.binary_sha256}`, true],
    ["access.directory", from.directory, true],
    ["access.commit", from.git_commit, true],
  ];
  return (
    <dl class="facts">
      {facts.map(([word, text, mono]) => (
        <>
          <dt>{t(word)}</dt>
          <dd>
            {text === null
              ? <span class="quiet">{t("access.not_told")}</span>
              : <Said text={text} mono={mono} />}
          </dd>
        </>
      ))}
      <dt>{t("access.asked")}</dt>
      <dd>
        <Moment at={request.requested_at} />
      </dd>
      <dt>{t("access.before")}</dt>
      <dd>
        {request.granted_before.length === 0 ? t("access.nothing_before") : (
          <ul class="keys">
            {request.granted_before.map(({ key_path, until }) => (
              <li>
                <Said text={key_path} mono /> – {t("access.until")} <Moment at={until} />
              </li>
            ))}
          </ul>
        )}
      </dd>
    </dl>
  );
}

function Names({ context: { t }, request, state }: CardProps) {
  const before = new Set(request.granted_before.map(({ key_path }) => key_path));
  const ticked = new Set(state?.keys ?? request.requested_keys);
  return (
    <fieldset>
      <legend>{t("access.names", { count: request.requested_keys.length })}</legend>
      <div class="keys">
        {request.requested_keys.map((key) => (
          <Choice type="checkbox" name="key" value={key} checked={ticked.has(key)}>
            <Said text={key} mono />{" "}
            {before.has(key) ? null : <span class="new-mark">{t("access.new")}</span>}
          </Choice>
        ))}
      </div>
      <div>
        <button type="button" class="slim" hidden data-all-boxes>
          {t("access.all")}
          <span class="unseen">: {visible(request.project_name)}</span>
        </button>
      </div>
    </fieldset>
  );
}

function Terms({ context: { t }, chosen }: { readonly context: PageContext; readonly chosen: string }) {
  const terms = ["once", "day", "month"] as const;
  return (
    <fieldset>
      <legend>{t("access.term")}</legend>
      {terms.map((term) => (
        <Choice type="radio" name="term" value={term} checked={term === chosen}>{t(`term.${term}`)}</Choice>
      ))}
    </fieldset>
  );
}
