/** The keys of the server: the one that seals the vault, the shares that recover it, the ones that sign, and the head of the log. */

import type { AuditHead } from "../../../shared/audit/head.ts";
import type { KekRotationProgress } from "../../../shared/api/kek_rotation.ts";
import type { RecoverySetSummary } from "../../../shared/api/recovery.ts";
import type { SigningKeySummary } from "../../../shared/api/signing_keys.ts";
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
import { Table } from "./lists.tsx";

export const keyPages = [
  look("/ui/keys", (context) => keys(context)),
  act("/ui/keys/rotate", rotate),
  act("/ui/keys/signing", rotateSigning),
  act("/ui/keys/signing/:kid/destroy", destroySigning),
];

async function keys(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { api, t, refresh } = context;
  const progress = await api("GET /admin/rotate-key", { audited: !refresh });
  const sets = await api("GET /admin/shamir/sets", { audited: false });
  const signing = await api("GET /admin/signing-keys", { audited: false });
  const head = await api("GET /.well-known/cortex-audit-head");
  const title = t("nav.keys");
  const body = (
    <>
      <Head title={title} lead={t("keys.lead")} />
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      <Rotation context={context} progress={progress} problem={problem} />
      <Shares context={context} sets={sets} />
      <Signing context={context} keys={signing} />
      <Anchor context={context} head={head} />
    </>
  );
  return { title, nav: "keys", body };
}

interface Piece {
  readonly context: PageContext;
}

const STATES = { idle: "plain", running: "warn", blocked: "bad", completed: "good" } as const;

function Rotation(
  { context, progress, problem }: Piece & {
    readonly progress: KekRotationProgress;
    readonly problem: FormProblem | undefined;
  },
) {
  const { t } = context;
  const isRunning = progress.state === "running" || progress.state === "blocked";
  const done = progress.rows_total - progress.rows_remaining;
  return (
    <section
      class="panel"
      aria-labelledby="kek"
      id="rotation"
      hx-get={isRunning ? "/ui/keys" : undefined}
      hx-select="#rotation"
      hx-target="this"
      hx-swap="outerHTML"
      hx-trigger={isRunning ? "every 2s" : undefined}
    >
      <div class="panel-head">
        <h2 id="kek">{t("keys.kek", { version: progress.kek_version })}</h2>
        <Status tone={STATES[progress.state]} label={t(`rotation.${progress.state}`)} />
      </div>
      {isRunning
        ? (
          <div class="stack" aria-live="polite">
            <label for="rewrapped">{t("keys.rewrapped", { done, all: progress.rows_total })}</label>
            <progress id="rewrapped" value={done} max={Math.max(1, progress.rows_total)}></progress>
            <p>{progress.message}</p>
            <a href="/ui/keys">{t("keys.look_again")}</a>
          </div>
        )
        : (
          <>
            <p>
              {t("keys.kek_lead")} {progress.completed_at === null ? null : (
                <>
                  {t("keys.last_rotation")} <Moment at={progress.completed_at} />
                </>
              )}
            </p>
            <details open={problem !== undefined}>
              <summary>{t("keys.rotate")}</summary>
              <Form context={context} action="/ui/keys/rotate">
                <TextField
                  name="current_kek_password"
                  type="password"
                  label={t("keys.current")}
                  hint={t("keys.current_hint")}
                  problem={problem}
                />
                <TextField
                  name="new_kek_password"
                  type="password"
                  label={t("keys.new")}
                  hint={t("keys.new_hint")}
                  problem={problem}
                  required
                />
                <TextField name="again" type="password" label={t("keys.again")} problem={problem} required />
                <div>
                  <button class="primary" type="submit">{t("keys.rotate_now")}</button>
                </div>
              </Form>
            </details>
          </>
        )}
    </section>
  );
}

function Shares({ context: { t }, sets }: Piece & { readonly sets: readonly RecoverySetSummary[] }) {
  return (
    <section class="panel flush" aria-labelledby="shares">
      <div class="panel-head">
        <h2 id="shares">{t("shares.title")}</h2>
        <a class="button slim" href="/ui/keys/shares">{t("shares.make")}</a>
      </div>
      {sets.length === 0 ? <Empty title={t("shares.none")} next={t("shares.none_next")} /> : (
        <Table
          label={t("shares.title")}
          columns={[t("shares.set"), t("shares.needed"), t("column.state"), t("column.created")]}
        >
          {sets.map((set) => (
            <tr>
              <th scope="row">
                <code>{set.set_id}</code>
              </th>
              <td data-label={t("shares.needed")}>
                {t("shares.of", { threshold: set.threshold, shares: set.shares_count })}
              </td>
              <td data-label={t("column.state")}>
                {set.opens_vault
                  ? <Status tone="good" label={t("shares.opens")} />
                  : <Status tone="plain" label={t("shares.useless")} />}
              </td>
              <td data-label={t("column.created")}>
                <Moment at={set.created_at} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

const KEY_TONES = { next: "warn", signing: "good", retired: "plain" } as const;

function Signing({ context, keys }: Piece & { readonly keys: readonly SigningKeySummary[] }) {
  const { t } = context;
  return (
    <section class="panel flush" aria-labelledby="signing">
      <div class="panel-head">
        <h2 id="signing">{t("signing.title")}</h2>
        <DoButton
          context={context}
          action="/ui/keys/signing"
          label={t("signing.rotate")}
          confirm={t("signing.rotate_confirm")}
        />
      </div>
      <Table
        label={t("signing.title")}
        columns={[
          t("signing.fingerprint"),
          t("column.state"),
          t("column.created"),
          t("signing.verifies"),
          t("signing.alive"),
          t("column.actions"),
        ]}
      >
        {keys.map((key) => (
          <tr>
            <th scope="row">
              <span class="long">
                <Said text={key.fingerprint} mono />
              </span>
            </th>
            <td data-label={t("column.state")}>
              <Status tone={KEY_TONES[key.state]} label={t(`signing_state.${key.state}`)} />
            </td>
            <td data-label={t("column.created")}>
              <Moment at={key.created_at} />
            </td>
            <td data-label={t("signing.verifies")}>
              <Moment at={key.verifies_until} />
            </td>
            <td data-label={t("signing.alive")}>
              {key.alive.daemon_logins + key.alive.signed_project_tokens}
            </td>
            <td>
              {key.state === "retired"
                ? (
                  <DoButton
                    context={context}
                    action={`/ui/keys/signing/${encodeURIComponent(key.kid)}/destroy`}
                    label={t("secret.destroy")}
                    confirm={t("signing.destroy_confirm")}
                    tone="danger"
                  />
                )
                : null}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Anchor({ context: { t }, head }: Piece & { readonly head: AuditHead }) {
  return (
    <section class="panel" aria-labelledby="anchor">
      <h2 id="anchor">{t("anchor.title")}</h2>
      <p>{t("anchor.lead")}</p>
      <dl class="facts">
        <dt>{t("anchor.rows")}</dt>
        <dd>{head.tree_size}</dd>
        <dt>{t("anchor.root")}</dt>
        <dd>
          <code>{head.root_hash}</code>
        </dd>
      </dl>
      <div class="row">
        <a class="button slim" href="/.well-known/cortex-audit-head" download="cortexauth-audit-head.json">
          {t("anchor.keep")}
        </a>
        <a class="button slim" href="/ui/audit">{t("nav.audit")}</a>
      </div>
    </section>
  );
}

function rotate(context: PageContext): Promise<PageAnswer> {
  const { api, form, t } = context;
  const [current, next, again] = ["current_kek_password", "new_kek_password", "again"].map((name) =>
    form.get(name) ?? ""
  );
  if (next !== again) return keys(context, { fields: ["again"], message: t("keys.differ") });
  return trying(t, async () => {
    const body = {
      new_kek_password: next,
      current_kek_password: current === "" ? null : current,
      wait: false,
    };
    await api("POST /admin/rotate-key", { body });
    return new GoTo("/ui/keys", "done.rotation_begun");
  }, (problem) => keys(context, problem));
}

function rotateSigning(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    await context.api("POST /admin/signing-keys/rotate", { body: { immediate: false } });
    return new GoTo("/ui/keys", "done.signing_rotated");
  }, (problem) => keys(context, problem));
}

function destroySigning(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    await context.api("DELETE /admin/signing-keys/:kid", { params: { kid: context.param("kid") } });
    return new GoTo("/ui/keys", "done.destroyed");
  }, (problem) => keys(context, problem));
}
