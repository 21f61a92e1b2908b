/** Proving anew who one is, before what shows a value or moves a key; and the way out. */

import { TextField } from "../fields.tsx";
import { act, type FormProblem, look, type PageAnswer, type PageContext, type PageView } from "../page.ts";
import { localPath, withCookie } from "../answers.ts";
import { PasskeyButton } from "../passkey.tsx";
import { Form, Head, Note } from "../pieces.tsx";
import { trying } from "../problems.ts";

export const provePages = [
  look("/ui/prove", async (context) => prove(context)),
  act("/ui/prove", reauthenticate),
  act("/ui/signout", signOut),
];

function prove(context: PageContext, problem?: FormProblem): PageView {
  const { t, session, query, form } = context;
  const next = localPath(form.get("next") ?? query("next"), "/ui/overview");
  const isPerson = session.caller.authority.by === "session";
  const title = t("prove.title");
  const body = (
    <>
      <Head title={title} lead={isPerson ? t("prove.lead") : t("prove.by_link")} />
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      {isPerson
        ? (
          <section class="panel">
            <Form context={context} action="/ui/prove">
              <input type="hidden" name="next" value={next} />
              <TextField
                name="password"
                type="password"
                label={t("signin.password")}
                complete="current-password"
                required
                autofocus
              />
              <div>
                <button class="primary" type="submit">{t("prove.now")}</button>
              </div>
            </Form>
            <PasskeyButton
              t={t}
              kind="get"
              path="/auth/reauthenticate/passkey"
              next={next}
              csrf={session.csrf}
              label={t("passkey.prove")}
            />
          </section>
        )
        : null}
    </>
  );
  return { title, nav: "account", body };
}

function reauthenticate(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  return trying(context.t, async () => {
    const answer = await api("POST /auth/reauthenticate", { body: { password: form.get("password") ?? "" } });
    return withCookie(localPath(form.get("next"), "/ui/overview"), answer);
  }, async (problem) => prove(context, problem));
}

async function signOut({ api }: PageContext): Promise<PageAnswer> {
  return withCookie("/signin", await api("POST /auth/signout"));
}
