/** Import of a dotenv text: looked at first, then stored. The text is not sent back: with scripts it stays in its field. */

import type { ImportReport } from "../../../shared/api/secrets.ts";
import { VaultError } from "../../../shared/errors.ts";
import { AreaField, Choice, SelectField, TextField } from "../fields.tsx";
import {
  act,
  type FormProblem,
  GoTo,
  look,
  type PageAnswer,
  type PageContext,
  type PageView,
} from "../page.ts";
import { Form, Head, Note, Said, Status } from "../pieces.tsx";
import { problemIn } from "../problems.ts";
import { namespaceOptions, Table } from "./lists.tsx";
import { plainLines } from "./secrets.tsx";

export const secretImportPages = [
  look("/ui/secrets/import", (context) => importPage(context, {})),
  act("/ui/secrets/import", importSecrets),
];

interface Outcome {
  readonly report?: ImportReport | undefined;
  readonly problem?: FormProblem | undefined;
}

async function importPage(context: PageContext, { report, problem }: Outcome): Promise<PageView> {
  const { t, form } = context;
  const title = t("secrets.import");
  const value = (name: string) => form.get(name) ?? "";
  const duplicates = (["fail", "skip", "replace"] as const).map((choice) => ({
    value: choice,
    label: t(`duplicates.${choice}`),
  }));
  const body = (
    <>
      <Head title={title} lead={t("import.lead")} />
      <div id="report" class="stack" aria-live="polite">
        {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
        {report === undefined ? null : <Report context={context} report={report} />}
      </div>
      <section class="panel">
        <Form context={context} action="/ui/secrets/import">
          <AreaField name="content" label={t("import.content")} hint={t("import.content_hint")} required />
          <div class="field" hidden>
            <label for="file">{t("import.file")}</label>
            <input id="file" type="file" data-into="f-content" />
          </div>
          <SelectField
            name="namespace"
            label={t("column.namespace")}
            value={value("namespace") === "" ? "default" : value("namespace")}
            options={await namespaceOptions(context)}
          />
          <TextField
            name="prefix"
            label={t("import.prefix")}
            hint={t("import.prefix_hint")}
            value={value("prefix")}
            problem={problem}
            mono
          />
          <SelectField
            name="duplicates"
            label={t("import.duplicates")}
            value={value("duplicates")}
            options={duplicates}
          />
          <Choice type="checkbox" name="partial" value="yes" checked={value("partial") === "yes"}>
            {t("import.partial")}
          </Choice>
          <Choice type="checkbox" name="unredactable" value="yes" checked={value("unredactable") === "yes"}>
            {t("import.unredactable")}
          </Choice>
          <div class="row">
            <button
              type="submit"
              name="do"
              value="preview"
              hx-post="/ui/secrets/import"
              hx-select="#report"
              hx-target="#report"
              hx-swap="outerHTML"
            >
              {t("import.preview")}
            </button>
            <button class="primary" type="submit" name="do" value="store">{t("import.store")}</button>
          </div>
          <p class="quiet small">{t("import.no_script")}</p>
        </Form>
      </section>
    </>
  );
  return {
    title,
    nav: "secrets",
    body,
    ...(problem === undefined || report !== undefined ? {} : { status: 400 }),
  };
}

const TONES = { created: "good", replaced: "warn", skipped: "plain", invalid: "bad" } as const;

function Report(
  { context: { t }, report }: { readonly context: PageContext; readonly report: ImportReport },
) {
  const { created, replaced, skipped, invalid } = report;
  return (
    <section class="panel flush" aria-labelledby="report-title">
      <div class="panel-head">
        <h2 id="report-title">
          {report.stored ? t("import.stored") : t("import.would")}
        </h2>
        <span>{t("import.counts", { created, replaced, skipped, invalid })}</span>
      </div>
      <Table
        label={t("import.would")}
        columns={[t("import.line"), t("import.name"), t("secret.key_path"), t("import.outcome")]}
      >
        {report.lines.map((line) => (
          <tr>
            <th scope="row">{line.line}</th>
            <td data-label={t("import.name")}>
              <Said text={line.name} mono />
            </td>
            <td data-label={t("secret.key_path")}>
              <Said text={line.key_path} mono />
            </td>
            <td data-label={t("import.outcome")}>
              <Status tone={TONES[line.outcome]} label={t(`import_outcome.${line.outcome}`)} />{" "}
              {line.problem ?? ""}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

async function importSecrets(context: PageContext): Promise<PageAnswer> {
  const { api, form, t } = context;
  const isPreview = form.get("do") !== "store";
  const prefix = (form.get("prefix") ?? "").trim();
  const body = {
    content: plainLines(form.get("content") ?? ""),
    namespace: form.get("namespace"),
    duplicates: form.get("duplicates"),
    partial: form.get("partial") === "yes",
    unredactable: form.get("unredactable") === "yes",
    prefix: prefix === "" ? null : prefix,
    dry_run: isPreview,
  };
  try {
    const report = await api("POST /admin/secrets/bulk", { body });
    return isPreview ? await importPage(context, { report }) : new GoTo("/ui/secrets", "done.imported");
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return await importPage(context, { problem: problemIn(t, error), report: reportIn(error) });
  }
}

/** The report that comes with an import of which nothing was stored. */
function reportIn({ code, details }: VaultError): ImportReport | undefined {
  if (code !== "import.invalid" || details === undefined || !Array.isArray(details["lines"])) {
    return undefined;
  }
  return details as object as ImportReport;
}
