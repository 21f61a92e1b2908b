/** Secrets without their values: search, and the way to store one. */

import type { SecretSummary } from "../../../shared/api/secrets.ts";
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
import { Empty, Form, Head, Moment, Note, Said, Status } from "../pieces.tsx";
import { problemIn } from "../problems.ts";
import type { Translate } from "../words/words.ts";
import { Filters, ListPanel, namespaceFilter, namespaceOptions, queryOf, SHOWN, Table } from "./lists.tsx";

export const secretPages = [
  look("/ui/secrets", secrets),
  look("/ui/secrets/new", (context) => newSecret(context, new URLSearchParams(context.url.search))),
  act("/ui/secrets/new", create),
];

async function secrets(context: PageContext): Promise<PageView> {
  const { api, t, query } = context;
  const wanted = queryOf(context, ["search", "namespace", "is_honey_token"]);
  const { items, next } = await api("GET /admin/secrets", { query: { ...wanted, limit: SHOWN } });
  const title = t("nav.secrets");
  const kinds = [
    { value: "", label: t("list.all") },
    { value: "false", label: t("secret.real") },
    { value: "true", label: t("secret.decoys") },
  ];
  const body = (
    <>
      <Head title={title} lead={t("secrets.lead")}>
        <a class="button" href="/ui/secrets/import">{t("secrets.import")}</a>
        <a class="button primary" href="/ui/secrets/new">{t("secrets.new")}</a>
      </Head>
      <Filters context={context}>
        <TextField name="search" type="search" label={t("list.search")} value={query("search")} />
        {await namespaceFilter(context)}
        <SelectField
          name="is_honey_token"
          label={t("secret.kind")}
          value={query("is_honey_token")}
          options={kinds}
        />
      </Filters>
      <ListPanel context={context} next={next}>
        {items.length === 0 ? <NoSecret t={t} filtered={Object.keys(wanted).length > 0} /> : (
          <Table
            label={title}
            columns={[
              t("secret.key_path"),
              t("column.namespace"),
              t("secret.type"),
              t("secret.version"),
              t("column.changed"),
            ]}
          >
            {items.map((item) => <SecretRow t={t} item={item} />)}
          </Table>
        )}
      </ListPanel>
    </>
  );
  return { title, nav: "secrets", body };
}

function NoSecret({ t, filtered }: { readonly t: Translate; readonly filtered: boolean }) {
  if (filtered) return <Empty title={t("list.no_match")} next={t("list.no_match_next")} />;
  return (
    <Empty title={t("secrets.none")} next={t("secrets.none_next")}>
      <a class="button primary" href="/ui/secrets/new">{t("secrets.new")}</a>
    </Empty>
  );
}

function SecretRow({ t, item }: { readonly t: Translate; readonly item: SecretSummary }) {
  return (
    <tr>
      <th scope="row">
        <a href={`/ui/secrets/${item.id}`}>
          <Said text={item.key_path} mono />
        </a>{" "}
        {item.is_honey_token ? <Status tone="warn" label={t("secret.decoy")} /> : null}
        {item.unredactable ? <Status tone="plain" label={t("secret.unredactable")} /> : null}
        {item.description === null ? null : (
          <p class="small quiet">
            <Said text={item.description} />
          </p>
        )}
      </th>
      <td data-label={t("column.namespace")}>{item.namespace}</td>
      <td data-label={t("secret.type")}>{t(`secret_type.${item.secret_type}`)}</td>
      <td data-label={t("secret.version")}>{item.version}</td>
      <td data-label={t("column.changed")}>
        <Moment at={item.updated_at} />
      </td>
    </tr>
  );
}

/** `typed` is what was filled in; never the value. */
async function newSecret(
  context: PageContext,
  typed: URLSearchParams,
  problem?: FormProblem,
): Promise<PageView> {
  const { t } = context;
  const title = t("secrets.new");
  const value = (name: string) => typed.get(name) ?? "";
  const types = (["KEY_VALUE", "JSON_CONFIG", "TEMPLATE_CONFIG", "SSH_KEY"] as const).map((type) => ({
    value: type,
    label: t(`secret_type.${type}`),
  }));
  const body = (
    <>
      <Head title={title} lead={t("secret.new_lead")} />
      {problem === undefined ? null : (
        <Note tone="bad">
          {problem.message} {t("form.value_again")}
        </Note>
      )}
      <section class="panel">
        <Form context={context} action="/ui/secrets/new">
          <TextField
            name="key_path"
            label={t("secret.key_path")}
            hint={t("secret.key_path_hint")}
            value={value("key_path")}
            problem={problem}
            required
            mono
            autofocus
          />
          <SelectField
            name="namespace"
            label={t("column.namespace")}
            value={value("namespace") === "" ? "default" : value("namespace")}
            options={await namespaceOptions(context)}
            problem={problem}
          />
          <SelectField
            name="secret_type"
            label={t("secret.type")}
            hint={t("secret.type_hint")}
            value={value("secret_type")}
            options={types}
            problem={problem}
          />
          <AreaField
            name="value"
            label={t("secret.value")}
            hint={t("secret.value_hint")}
            problem={problem}
            required
          />
          <TextField
            name="description"
            label={t("column.description")}
            value={value("description")}
            problem={problem}
          />
          <Choice
            type="checkbox"
            name="is_honey_token"
            value="yes"
            checked={value("is_honey_token") === "yes"}
          >
            {t("secret.decoy_choice")}
          </Choice>
          <Choice type="checkbox" name="unredactable" value="yes" checked={value("unredactable") === "yes"}>
            {t("secret.unredactable_choice")}
          </Choice>
          <div class="row">
            <button class="primary" type="submit">{t("secret.store")}</button>
            <a class="button" href="/ui/secrets">{t("form.cancel")}</a>
          </div>
        </Form>
      </section>
    </>
  );
  return { title, nav: "secrets", body, ...(problem === undefined ? {} : { status: 400 }) };
}

async function create(context: PageContext): Promise<PageAnswer> {
  const { api, form, t } = context;
  const text = (name: string) => form.get(name) ?? "";
  const body = {
    key_path: text("key_path").trim(),
    namespace: text("namespace"),
    secret_type: text("secret_type"),
    value: plainLines(text("value")),
    description: text("description"),
    is_honey_token: form.get("is_honey_token") === "yes",
    unredactable: form.get("unredactable") === "yes",
  };
  try {
    const { id } = await api("POST /admin/secrets", { body });
    return new GoTo(`/ui/secrets/${id}`, "done.stored");
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return await newSecret(context, form, problemIn(t, error));
  }
}

/** Browsers send the lines of a form with carriage returns, which nobody typed. */
export function plainLines(text: string): string {
  return text.replaceAll("\r\n", "\n");
}
