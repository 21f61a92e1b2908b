/** One request for exactly one command: every part of it that an approval binds. */

import type { CommandGrantSummary } from "../../../shared/api/command_grants.ts";
import { Choice, TextField } from "../fields.tsx";
import type { PageContext } from "../page.ts";
import { Form, Moment, Said } from "../pieces.tsx";
import { type CardState, SoFar } from "./access_card.tsx";

interface CardProps {
  readonly context: PageContext;
  readonly request: CommandGrantSummary;
  readonly state: CardState | undefined;
}

export function CommandCard({ context, request, state }: CardProps) {
  const { t } = context;
  const title = `command-${request.id}`;
  const ticked = new Set(state?.keys ?? request.requested_keys);
  return (
    <section class="card" aria-labelledby={title}>
      <h2 id={title}>
        {t("command.title")} <Said text={request.project_name} />
      </h2>
      <Binding context={context} request={request} />
      <SoFar context={context} approvals={request.approvals_so_far} />
      <Form context={context} action={`/ui/approvals/commands/${request.id}/decide`}>
        <input type="hidden" name="request_sha256" value={request.request_sha256} />
        <fieldset>
          <legend>{t("access.names", { count: request.requested_keys.length })}</legend>
          <div class="keys">
            {request.requested_keys.map((key) => (
              <Choice type="checkbox" name="key" value={key} checked={ticked.has(key)}>
                <Said text={key} mono />
              </Choice>
            ))}
          </div>
        </fieldset>
        <TextField
          name="uses"
          at={request.id}
          type="number"
          label={t("command.uses")}
          hint={request.uses_asked === null
            ? t("command.uses_any")
            : t("command.uses_hint", { uses: request.uses_asked })}
          value={request.uses_asked === null ? "" : String(request.uses_asked)}
        />
        <TextField
          name="minutes"
          at={request.id}
          type="number"
          label={t("command.minutes")}
          hint={t("command.minutes_hint", { minutes: Math.ceil(request.seconds_asked / 60) })}
          value={String(Math.ceil(request.seconds_asked / 60))}
          required
        />
        <div class="row">
          <button class="primary" type="submit" name="decision" value="approve">
            {t("command.approve")}
          </button>
          <button class="danger" type="submit" name="decision" value="deny">{t("access.deny")}</button>
          <span class="quiet small">{t("access.silence")}</span>
        </div>
      </Form>
    </section>
  );
}

function Binding({ context: { t }, request }: Pick<CardProps, "context" | "request">) {
  const { binding } = request;
  return (
    <dl class="facts">
      <dt>{t("access.agent")}</dt>
      <dd>
        <Said text={request.agent_id} />
      </dd>
      <dt>{t("access.namespace")}</dt>
      <dd>{request.namespace}</dd>
      <dt>{t("access.host")}</dt>
      <dd>
        <Said text={request.hostname} />
      </dd>
      <dt>{t("access.address")}</dt>
      <dd>
        <Said text={request.source_ip} mono />
      </dd>
      <dt>{t("command.files")}</dt>
      <dd class="stack">
        {binding.files.map(({ path, sha256 }) => (
          <span>
            <Said text={path} mono /> <span class="small quiet mono">SHA-256 {sha256}</span>
          </span>
        ))}
      </dd>
      <dt>{t("command.arguments")}</dt>
      <dd>
        {binding.args.length === 0 ? t("command.no_arguments") : (
          <ol class="keys">
            {binding.args.map((argument) => (
              <li>
                <Said text={argument} mono />
              </li>
            ))}
          </ol>
        )}
      </dd>
      <dt>{t("access.directory")}</dt>
      <dd>
        <Said text={binding.directory} mono />
      </dd>
      <dt>{t("command.repository")}</dt>
      <dd>
        <Said text={binding.repository?.remote ?? null} mono />{" "}
        <Said text={binding.repository?.commit ?? null} mono />
      </dd>
      <dt>PATH</dt>
      <dd>
        <Said text={binding.search_path} mono />
      </dd>
      <dt>{t("command.environment")}</dt>
      <dd>
        <Said text={binding.environment.length === 0 ? null : binding.environment.join(", ")} mono />
      </dd>
      <dt>{t("access.note")}</dt>
      <dd>
        <Said text={request.note} />
      </dd>
      <dt>{t("access.asked")}</dt>
      <dd>
        <Moment at={request.requested_at} />
      </dd>
    </dl>
  );
}
