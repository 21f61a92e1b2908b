/** One's own account: password, recovery codes, sessions, API tokens; what is made is shown once. */

import type {
  ApiTokenSummary,
  CreatedApiToken,
  Me,
  PasskeySummary,
  SessionSummary,
} from "../../../shared/api/auth.ts";
import { ALL_RIGHTS } from "../../access/roles.ts";
import { Choice, TextField } from "../fields.tsx";
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
import { PasskeyButton } from "../passkey.tsx";
import { trying } from "../problems.ts";
import { withCookie } from "../answers.ts";
import type { WordKey } from "../words/words.ts";
import { Table } from "./lists.tsx";
import { RoleList } from "./people.tsx";

export const accountPages = [
  look("/ui/account", (context) => account(context, {})),
  act("/ui/account/password", changePassword),
  act("/ui/account/codes", makeCodes),
  act("/ui/account/tokens", makeToken),
  act("/ui/account/tokens/:id/revoke", revokeToken),
  act("/ui/account/sessions/:id/end", endSession),
  act("/ui/account/passkeys/:id/remove", removePasskey),
];

const ADDED: WordKey = "done.passkey";

interface Told {
  readonly problem?: FormProblem;
  readonly codes?: readonly string[];
  readonly token?: CreatedApiToken;
}

async function account(context: PageContext, told: Told): Promise<PageView> {
  const { api, t } = context;
  const me = await api("GET /admin/me");
  const title = t("account.title");
  const { problem } = told;
  const person = me.id === null ? undefined : await ownThings(context);
  const body = (
    <>
      <Head title={title} lead={me.email ?? t("account.by_token")} />
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      {told.codes === undefined ? null : <Codes context={context} codes={told.codes} />}
      {told.token === undefined ? null : <Token context={context} token={told.token} />}
      <section class="panel" aria-labelledby="me">
        <h2 id="me">{t("people.roles")}</h2>
        <p>{me.id === null ? t("account.everything") : <RoleList t={t} roles={me.roles} />}</p>
      </section>
      {person === undefined ? null : (
        <>
          <Password context={context} problem={problem} />
          <Passkeys context={context} passkeys={person.passkeys} />
          <Recovery context={context} me={me} />
          <Sessions context={context} sessions={person.sessions} />
          <Tokens context={context} me={me} tokens={person.tokens} problem={problem} />
        </>
      )}
    </>
  );
  return { title, nav: "account", body };
}

async function ownThings({ api }: PageContext) {
  return {
    passkeys: await api("GET /admin/me/passkeys", { audited: false }),
    sessions: await api("GET /admin/sessions", { audited: false }),
    tokens: await api("GET /admin/api-tokens", { audited: false }),
  };
}

interface Piece {
  readonly context: PageContext;
}

function Codes({ context: { t }, codes }: Piece & { readonly codes: readonly string[] }) {
  return (
    <section class="card" aria-labelledby="codes">
      <h2 id="codes">{t("account.codes_made")}</h2>
      <pre tabindex={0}>{codes.join("\n")}</pre>
      <p>{t("account.codes_once")}</p>
    </section>
  );
}

function Token({ context: { t }, token }: Piece & { readonly token: CreatedApiToken }) {
  return (
    <section class="card" aria-labelledby="token">
      <h2 id="token">{t("account.token_made", { name: token.name })}</h2>
      <pre tabindex={0}>{token.token}</pre>
      <p>{t("account.token_once")}</p>
    </section>
  );
}

function Password({ context, problem }: Piece & { readonly problem: FormProblem | undefined }) {
  const { t } = context;
  return (
    <details class="panel" open={problem?.fields.some((field) => field.includes("password")) === true}>
      <summary>{t("account.password")}</summary>
      <Form context={context} action="/ui/account/password">
        <TextField
          name="password"
          type="password"
          label={t("keys.current")}
          complete="current-password"
          problem={problem}
          required
        />
        <TextField
          name="new_password"
          type="password"
          label={t("keys.new")}
          hint={t("welcome.password_hint")}
          complete="new-password"
          problem={problem}
          required
        />
        <div>
          <button class="primary" type="submit">{t("account.password_now")}</button>
        </div>
      </Form>
    </details>
  );
}

function Passkeys({ context, passkeys }: Piece & { readonly passkeys: readonly PasskeySummary[] }) {
  const { t, session } = context;
  return (
    <section class="panel" aria-labelledby="passkeys">
      <h2 id="passkeys">{t("passkey.title")}</h2>
      {passkeys.length === 0 ? <p>{t("passkey.none")}</p> : (
        <ul class="events">
          {passkeys.map(({ id, name, created_at, last_used_at }) => (
            <li class="row end">
              <span>
                <Said text={name} />{" "}
                <span class="small quiet">
                  <Moment at={created_at} /> · {t("account.used")} <Moment at={last_used_at} />
                </span>
              </span>
              <DoButton
                context={context}
                action={`/ui/account/passkeys/${encodeURIComponent(id)}/remove`}
                label={t("passkey.remove")}
                confirm={t("passkey.remove_confirm")}
                tone="danger"
              />
            </li>
          ))}
        </ul>
      )}
      <TextField name="passkey_name" label={t("passkey.name")} value={t("passkey.name_of")} />
      <PasskeyButton
        t={t}
        kind="add"
        path="/admin/me/passkeys"
        next={`/ui/account?done=${ADDED}`}
        csrf={session.csrf}
        nameFrom="f-passkey_name"
        label={t("passkey.add")}
      />
    </section>
  );
}

function Recovery({ context, me }: Piece & { readonly me: Me }) {
  const { t } = context;
  return (
    <section class="panel" aria-labelledby="recovery">
      <h2 id="recovery">{t("account.codes")}</h2>
      <p>{t("account.codes_left", { count: me.recovery_codes })}</p>
      <DoButton context={context} action="/ui/account/codes" label={t("account.codes_make")} />
    </section>
  );
}

function Sessions({ context, sessions }: Piece & { readonly sessions: readonly SessionSummary[] }) {
  const { t } = context;
  return (
    <section class="panel flush" aria-labelledby="sessions">
      <div class="panel-head">
        <h2 id="sessions">{t("account.sessions")}</h2>
      </div>
      <Table
        label={t("account.sessions")}
        columns={[
          t("signin.email"),
          t("account.browser"),
          t("audit.from"),
          t("account.used"),
          t("column.until"),
          t("column.actions"),
        ]}
      >
        {sessions.map((session) => (
          <tr>
            <th scope="row">
              <Said text={session.email} />{" "}
              {session.current ? <Status tone="good" label={t("account.this")} /> : null}
            </th>
            <td data-label={t("account.browser")}>
              <Said text={session.user_agent} />
            </td>
            <td data-label={t("audit.from")}>
              <Said text={session.source_ip} mono />
            </td>
            <td data-label={t("account.used")}>
              <Moment at={session.last_used_at} />
            </td>
            <td data-label={t("column.until")}>
              <Moment at={session.expires_at} />
            </td>
            <td>
              {session.current ? null : (
                <DoButton
                  context={context}
                  action={`/ui/account/sessions/${session.id}/end`}
                  label={t("agent.end_session")}
                  tone="danger"
                />
              )}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Tokens(
  { context, me, tokens, problem }: Piece & {
    readonly me: Me;
    readonly tokens: readonly ApiTokenSummary[];
    readonly problem: FormProblem | undefined;
  },
) {
  const { t, form } = context;
  return (
    <section class="panel flush" aria-labelledby="tokens">
      <div class="panel-head">
        <h2 id="tokens">{t("account.tokens")}</h2>
      </div>
      {tokens.length === 0
        ? <Empty title={t("account.no_tokens")} next={t("account.no_tokens_next")} />
        : (
          <Table
            label={t("account.tokens")}
            columns={[
              t("policy.name"),
              t("account.rights"),
              t("column.until"),
              t("account.used"),
              t("column.actions"),
            ]}
          >
            {tokens.map((token) => (
              <tr>
                <th scope="row">
                  <Said text={token.name} />
                </th>
                <td data-label={t("account.rights")}>{token.rights.join(", ")}</td>
                <td data-label={t("column.until")}>
                  <Moment at={token.expires_at} />
                </td>
                <td data-label={t("account.used")}>
                  <Moment at={token.last_used_at} />
                </td>
                <td>
                  {token.revoked_at === null
                    ? (
                      <DoButton
                        context={context}
                        action={`/ui/account/tokens/${token.id}/revoke`}
                        label={t("account.revoke")}
                        tone="danger"
                      />
                    )
                    : <Status tone="plain" label={t("token.revoked")} />}
                </td>
              </tr>
            ))}
          </Table>
        )}
      <details
        class="inner"
        open={problem?.fields.some((field) => field === "name" || field === "rights") === true}
      >
        <summary>{t("account.token_new")}</summary>
        <Form context={context} action="/ui/account/tokens">
          <TextField
            name="name"
            label={t("policy.name")}
            value={form.get("name")}
            problem={problem}
            required
          />
          <fieldset>
            <legend>{t("account.rights")}</legend>
            {ALL_RIGHTS.filter((right) => right in me.rights).map((right) => (
              <Choice type="checkbox" name="right" value={right}>{right}</Choice>
            ))}
          </fieldset>
          <TextField
            name="days"
            type="number"
            label={t("account.days")}
            value={form.get("days") ?? "30"}
            problem={problem}
            required
          />
          <div>
            <button class="primary" type="submit">{t("account.token_now")}</button>
          </div>
        </Form>
      </details>
    </section>
  );
}

function changePassword(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  return trying(context.t, async () => {
    const body = { password: form.get("password") ?? "", new_password: form.get("new_password") ?? "" };
    return withCookie("/ui/account", await api("PUT /admin/me/password", { body }), "done.password");
  }, (problem) => account(context, { problem }));
}

function makeCodes(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    const { recovery_codes: codes } = await context.api("POST /admin/me/recovery-codes");
    return await account(context, { codes });
  }, (problem) => account(context, { problem }));
}

function makeToken(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  return trying(context.t, async () => {
    const body = {
      name: (form.get("name") ?? "").trim(),
      rights: form.getAll("right"),
      expires_in_days: Number(form.get("days") ?? ""),
    };
    return await account(context, { token: await api("POST /admin/api-tokens", { body }) });
  }, (problem) => account(context, { problem }));
}

function revokeToken(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    await context.api("DELETE /admin/api-tokens/:id", { params: { id: context.param("id") } });
    return new GoTo("/ui/account", "done.revoked");
  }, (problem) => account(context, { problem }));
}

function removePasskey(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    await context.api("DELETE /admin/me/passkeys/:id", { params: { id: context.param("id") } });
    return new GoTo("/ui/account", "done.deleted");
  }, (problem) => account(context, { problem }));
}

function endSession(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    await context.api("DELETE /admin/sessions/:id", { params: { id: context.param("id") } });
    return new GoTo("/ui/account", "done.session_ended");
  }, (problem) => account(context, { problem }));
}
