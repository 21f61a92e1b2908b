/** Recovery shares: shown once, for printing. The page is not stored, and nothing shows them again. */

import type { GeneratedShares } from "../../../shared/api/recovery.ts";
import { VaultError } from "../../../shared/errors.ts";
import { TextField } from "../fields.tsx";
import { act, type FormProblem, look, type PageAnswer, type PageContext, type PageView } from "../page.ts";
import { Form, Head, Moment, Note } from "../pieces.tsx";
import { trying } from "../problems.ts";

export const sharePages = [
  look("/ui/keys/shares", async (context) => makeShares(context)),
  act("/ui/keys/shares", generate),
];

function makeShares(context: PageContext, problem?: FormProblem): PageView {
  const { t, form } = context;
  const title = t("shares.make");
  const body = (
    <>
      <Head title={title} lead={t("shares.lead")} />
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      <section class="panel">
        <Form context={context} action="/ui/keys/shares">
          <TextField
            name="shares"
            type="number"
            label={t("shares.count")}
            value={form.get("shares") ?? "5"}
            problem={problem}
            required
          />
          <TextField
            name="threshold"
            type="number"
            label={t("shares.threshold")}
            hint={t("shares.threshold_hint")}
            value={form.get("threshold") ?? "3"}
            problem={problem}
            required
          />
          <TextField
            name="password"
            type="password"
            label={t("shares.password")}
            hint={t("shares.password_hint")}
            problem={problem}
            required
          />
          <div class="row">
            <button class="primary" type="submit">{t("shares.make_now")}</button>
            <a class="button" href="/ui/keys">{t("form.cancel")}</a>
          </div>
        </Form>
      </section>
    </>
  );
  return { title, nav: "keys", body };
}

function generate(context: PageContext): Promise<PageAnswer> {
  const { api, form, t } = context;
  return trying(t, async () => {
    const body = {
      shares: wholeNumber(form.get("shares")),
      threshold: wholeNumber(form.get("threshold")),
      password: form.get("password") ?? "",
    };
    return printView(context, await api("POST /admin/shamir/generate", { body }));
  }, async (problem) => makeShares(context, problem));
}

/** @throws VaultError */
function wholeNumber(text: string | null): number {
  if (text !== null && /^\d{1,3}$/.test(text)) return Number(text);
  throw new VaultError("request.invalid", "Number of shares and threshold have to be whole numbers");
}

function printView({ t }: PageContext, made: GeneratedShares): PageView {
  const { shares, set_id, threshold, created_at } = made;
  const title = t("shares.made");
  const body = (
    <>
      <Head title={title} lead={t("shares.made_lead", { threshold, shares: shares.length })}>
        <button class="no-print" type="button" data-print>{t("shares.print")}</button>
      </Head>
      <Note tone="warn">{t("shares.once")}</Note>
      {shares.map((share, at) => (
        <section class="panel share" aria-labelledby={`share-${at}`}>
          <h2 id={`share-${at}`}>{t("shares.number", { number: at + 1, all: shares.length })}</h2>
          <div class="fingerprint" role="group" aria-labelledby={`share-${at}`}>{share}</div>
          <p class="small quiet">
            {t("shares.set")} <code>{set_id}</code> · <Moment at={created_at} /> ·{" "}
            {t("shares.of", { threshold, shares: shares.length })}
          </p>
        </section>
      ))}
      <p class="no-print">
        <a class="button" href="/ui/keys">{t("shares.done")}</a>
      </p>
    </>
  );
  return { title, nav: "keys", body };
}
