/** One secret: what it is, where it is used, its versions. The value is shown only by an act of its own, which the log tells of. */

import type { SecretVersionSummary } from "../../../shared/api/secret_versions.ts";
import type { SecretUse } from "../../../shared/api/secret_uses.ts";
import type { SecretSummary } from "../../../shared/api/secrets.ts";
import { VaultError } from "../../../shared/errors.ts";
import { AreaField, Choice, TextField } from "../fields.tsx";
import {
  act,
  type FormProblem,
  GoTo,
  type Html,
  look,
  type PageAnswer,
  type PageContext,
  type PageView,
} from "../page.ts";
import { DoButton, Empty, Form, Head, Moment, Note, Said, Status } from "../pieces.tsx";
import { problemIn } from "../problems.ts";
import { visible } from "../visible.ts";
import { Table } from "./lists.tsx";
import { plainLines } from "./secrets.tsx";

export const oneSecretPages = [
  look("/ui/secrets/:id", (context) => secret(context)),
  act("/ui/secrets/:id/value", showValue),
  act("/ui/secrets/:id/versions/:version/value", showOldValue),
  act("/ui/secrets/:id/change", change),
  act("/ui/secrets/:id/rollback", rollBack),
  act("/ui/secrets/:id/destroy", destroyVersion),
  act("/ui/secrets/:id/delete", remove),
];

/** What a page of a secret shows beyond its facts. */
interface Extras {
  readonly value?: Html;
  readonly problem?: FormProblem;
}

async function secret(context: PageContext, extras: Extras = {}): Promise<PageView> {
  const { api, t } = context;
  const params = { id: context.param("id") };
  const { secret, uses } = await api("GET /admin/secrets/:id/uses", { params });
  const { versions } = await api("GET /admin/secrets/:id/versions", { params, audited: false });
  const { problem, value } = extras;
  const body = (
    <>
      <Head title={visible(secret.key_path)} lead={t("secret.lead", { namespace: secret.namespace })}>
        {secret.is_honey_token ? <Status tone="warn" label={t("secret.decoy")} /> : null}
        <a class="button" href="/ui/secrets">{t("secret.back")}</a>
      </Head>
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      {value}
      <div class="columns">
        <Facts context={context} secret={secret} />
        <Uses context={context} secret={secret} uses={uses} />
      </div>
      <Versions context={context} secret={secret} versions={versions} />
      <Change context={context} secret={secret} problem={problem} />
      <Remove context={context} secret={secret} />
    </>
  );
  const title = visible(secret.key_path);
  return { title, nav: "secrets", body, ...(problem === undefined ? {} : { status: 400 }) };
}

interface Piece {
  readonly context: PageContext;
  readonly secret: SecretSummary;
}

function Facts({ context, secret }: Piece) {
  const { t } = context;
  return (
    <section class="panel" aria-labelledby="facts">
      <h2 id="facts">{t("secret.facts")}</h2>
      <dl class="facts">
        <dt>{t("secret.type")}</dt>
        <dd>{t(`secret_type.${secret.secret_type}`)}</dd>
        <dt>{t("secret.version")}</dt>
        <dd>{secret.version}</dd>
        <dt>{t("column.description")}</dt>
        <dd>
          <Said text={secret.description} />
        </dd>
        <dt>{t("column.created")}</dt>
        <dd>
          <Moment at={secret.created_at} />
        </dd>
        <dt>{t("column.changed")}</dt>
        <dd>
          <Moment at={secret.updated_at} />
        </dd>
      </dl>
      <div class="row">
        <DoButton context={context} action={`/ui/secrets/${secret.id}/value`} label={t("secret.show")} />
        <span class="quiet small">{t("secret.show_hint")}</span>
      </div>
      <a class="button slim" href={`/ui/audit?looks=no&key_path=${encodeURIComponent(secret.key_path)}`}>
        {t("action.log")}
      </a>
    </section>
  );
}

function Uses({ context: { t }, secret, uses }: Piece & { readonly uses: readonly SecretUse[] }) {
  return (
    <section class="panel" aria-labelledby="uses">
      <h2 id="uses">{t("secret.uses")}</h2>
      {uses.length === 0
        ? <Empty title={t("secret.unused")} next={t("secret.unused_next")} />
        : (
          <ul class="events">
            {uses.map((use) => (
              <li>
                <span class="row">
                  <a href={`/ui/projects/${encodeURIComponent(use.project_name)}?namespace=${use.namespace}`}>
                    <Said text={use.project_name} />
                  </a>
                  <code>{use.env_var_name}</code>
                  {use.bound ? <Status tone="plain" label={t("grant.bound")} /> : null}
                </span>
                <span class="small quiet">
                  {t("column.agent")}: <Said text={use.agent_id} /> · {t("secret.last_release")}{" "}
                  <Moment at={use.last_released_at} />
                </span>
              </li>
            ))}
          </ul>
        )}
      {secret.is_honey_token ? null : (
        <div>
          <a
            class="button slim"
            href={`/ui/grant?key_path=${encodeURIComponent(secret.key_path)}&namespace=${secret.namespace}`}
          >
            {t("secret.grant_it")}
          </a>
        </div>
      )}
    </section>
  );
}

function Versions(
  { context, secret, versions }: Piece & { readonly versions: readonly SecretVersionSummary[] },
) {
  const { t } = context;
  const base = `/ui/secrets/${secret.id}`;
  return (
    <section class="panel flush" aria-labelledby="versions">
      <div class="panel-head">
        <h2 id="versions">{t("secret.versions")}</h2>
      </div>
      <Table
        label={t("secret.versions")}
        columns={[t("secret.version"), t("secret.written"), t("secret.replaced"), t("column.actions")]}
      >
        {versions.map(({ version, current, written_at, replaced_at }) => (
          <tr>
            <th scope="row">
              {version} {current ? <Status tone="good" label={t("secret.present")} /> : null}
            </th>
            <td data-label={t("secret.written")}>
              <Moment at={written_at} />
            </td>
            <td data-label={t("secret.replaced")}>
              <Moment at={replaced_at} />
            </td>
            <td>
              {current ? null : (
                <div class="actions">
                  <DoButton
                    context={context}
                    action={`${base}/versions/${version}/value`}
                    label={t("secret.show")}
                  />
                  <DoButton
                    context={context}
                    action={`${base}/rollback`}
                    fields={{ to_version: String(version), version: String(secret.version) }}
                    label={t("secret.rollback")}
                    confirm={t("secret.rollback_confirm", { version })}
                  />
                  <DoButton
                    context={context}
                    action={`${base}/destroy`}
                    fields={{ version: String(version) }}
                    label={t("secret.destroy")}
                    confirm={t("secret.destroy_confirm", { version })}
                    tone="danger"
                  />
                </div>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Change({ context, secret, problem }: Piece & { readonly problem: FormProblem | undefined }) {
  const { t, form } = context;
  return (
    <details class="panel" open={problem !== undefined}>
      <summary>{t("secret.change")}</summary>
      <Form context={context} action={`/ui/secrets/${secret.id}/change`}>
        <input type="hidden" name="version" value={String(secret.version)} />
        <AreaField
          name="value"
          label={t("secret.new_value")}
          hint={t("secret.new_value_hint")}
          problem={problem}
        />
        <TextField
          name="description"
          label={t("column.description")}
          value={form.get("description") ?? secret.description}
          problem={problem}
        />
        <Choice type="checkbox" name="is_honey_token" value="yes" checked={secret.is_honey_token}>
          {t("secret.decoy_choice")}
        </Choice>
        <Choice type="checkbox" name="unredactable" value="yes" checked={secret.unredactable}>
          {t("secret.unredactable_choice")}
        </Choice>
        <div>
          <button class="primary" type="submit">{t("form.save")}</button>
        </div>
      </Form>
    </details>
  );
}

function Remove({ context, secret }: Piece) {
  const { t } = context;
  return (
    <details class="panel">
      <summary>{t("secret.delete")}</summary>
      <Form context={context} action={`/ui/secrets/${secret.id}/delete`}>
        <p>{t("secret.delete_lead")}</p>
        <div>
          <button class="danger" type="submit">{t("secret.delete_now")}</button>
        </div>
      </Form>
    </details>
  );
}

function Value(
  { context: { t }, value, encoding, version }: {
    readonly context: PageContext;
    readonly value: string;
    readonly encoding: string;
    readonly version: number;
  },
) {
  return (
    <section class="card" aria-labelledby="value">
      <h2 id="value">{t("secret.value_of", { version })}</h2>
      <pre tabindex={0}>{value}</pre>
      <p class="quiet small">
        {encoding === "base64" ? t("secret.base64") : ""} {t("secret.value_logged")}
      </p>
    </section>
  );
}

async function showValue(context: PageContext): Promise<PageView> {
  const { value, encoding, version } = await context.api("GET /admin/secrets/:id", {
    params: { id: context.param("id") },
  });
  return await secret(context, {
    value: <Value context={context} value={value} encoding={encoding} version={version} />,
  });
}

async function showOldValue(context: PageContext): Promise<PageView> {
  const params = { id: context.param("id"), version: context.param("version") };
  const { value, encoding, version } = await context.api("GET /admin/secrets/:id/versions/:version", {
    params,
  });
  return await secret(context, {
    value: <Value context={context} value={value} encoding={encoding} version={version} />,
  });
}

/** What the API refuses is said on the page of the secret; nothing is half saved. */
async function trying(context: PageContext, work: () => Promise<GoTo>): Promise<PageAnswer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof VaultError) || error.code === "secret.not_found") throw error;
    return await secret(context, { problem: problemIn(context.t, error) });
  }
}

function change(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  const id = context.param("id");
  return trying(context, async () => {
    const value = plainLines(form.get("value") ?? "");
    const body = {
      ...(value === "" ? {} : { value }),
      description: form.get("description") ?? "",
      is_honey_token: form.get("is_honey_token") === "yes",
      unredactable: form.get("unredactable") === "yes",
      version: Number(form.get("version")),
    };
    await api("PUT /admin/secrets/:id", { params: { id }, body });
    return new GoTo(`/ui/secrets/${id}`, "done.saved");
  });
}

function rollBack(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  const id = context.param("id");
  return trying(context, async () => {
    const body = { to_version: Number(form.get("to_version")), version: Number(form.get("version")) };
    await api("POST /admin/secrets/:id/rollback", { params: { id }, body });
    return new GoTo(`/ui/secrets/${id}`, "done.rolled_back");
  });
}

function destroyVersion(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  const id = context.param("id");
  return trying(context, async () => {
    const params = { id, version: form.get("version") ?? "" };
    await api("DELETE /admin/secrets/:id/versions/:version", { params });
    return new GoTo(`/ui/secrets/${id}`, "done.destroyed");
  });
}

function remove(context: PageContext): Promise<PageAnswer> {
  const id = context.param("id");
  return trying(context, async () => {
    await context.api("DELETE /admin/secrets/:id", { params: { id } });
    return new GoTo("/ui/secrets", "done.deleted");
  });
}
