/** Namespaces: what is in one is not seen from another. */

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
import { DoButton, Form, Head, Moment, Note, Said } from "../pieces.tsx";
import { trying } from "../problems.ts";
import { ListPanel, Table } from "./lists.tsx";

export const namespacePages = [
  look("/ui/namespaces", (context) => namespaces(context)),
  act("/ui/namespaces", create),
  act("/ui/namespaces/:name/two-people", wantTwo),
  act("/ui/namespaces/:name/delete", remove),
];

async function namespaces(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { api, t, form } = context;
  const { items, next } = await api("GET /admin/namespaces");
  const title = t("nav.namespaces");
  const body = (
    <>
      <Head title={title} lead={t("namespaces.lead")} />
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      <ListPanel context={context} next={next}>
        <Table
          label={title}
          columns={[
            t("column.namespace"),
            t("column.description"),
            t("namespaces.approvals"),
            t("column.created"),
            t("column.actions"),
          ]}
        >
          {items.map(({ name, description, two_people, created_at }) => (
            <tr>
              <th scope="row">{name}</th>
              <td data-label={t("column.description")}>
                <Said text={description} />
              </td>
              <td data-label={t("namespaces.approvals")}>
                {t(two_people ? "namespaces.two" : "namespaces.one")}
              </td>
              <td data-label={t("column.created")}>
                <Moment at={created_at} />
              </td>
              <td>
                <div class="actions">
                  <a class="button slim" href={`/ui/secrets?namespace=${name}`}>{t("nav.secrets")}</a>
                  <DoButton
                    context={context}
                    action={`/ui/namespaces/${name}/two-people?want=${two_people ? "one" : "two"}`}
                    label={t(two_people ? "namespaces.want_one" : "namespaces.want_two")}
                  />
                  {name === "default" ? null : (
                    <DoButton
                      context={context}
                      action={`/ui/namespaces/${name}/delete`}
                      label={t("action.delete")}
                      confirm={t("namespaces.delete_confirm")}
                      tone="danger"
                    />
                  )}
                </div>
              </td>
            </tr>
          ))}
        </Table>
      </ListPanel>
      <section class="panel" aria-labelledby="new">
        <h2 id="new">{t("namespaces.new")}</h2>
        <Form context={context} action="/ui/namespaces">
          <TextField
            name="name"
            label={t("namespaces.name")}
            hint={t("namespaces.name_hint")}
            value={form.get("name")}
            problem={problem}
            required
          />
          <TextField
            name="description"
            label={t("column.description")}
            value={form.get("description")}
            problem={problem}
          />
          <div>
            <button class="primary" type="submit">{t("namespaces.add")}</button>
          </div>
        </Form>
      </section>
    </>
  );
  return { title, nav: "namespaces", body };
}

function create(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  return trying(context.t, async () => {
    const body = { name: (form.get("name") ?? "").trim(), description: form.get("description") };
    await api("POST /admin/namespaces", { body });
    return new GoTo("/ui/namespaces", "done.saved");
  }, (problem) => namespaces(context, problem));
}

function wantTwo(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    const body = { two_people: context.query("want") === "two" };
    await context.api("PUT /admin/namespaces/:name", { params: { name: context.param("name") }, body });
    return new GoTo("/ui/namespaces", "done.saved");
  }, (problem) => namespaces(context, problem));
}

function remove(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    await context.api("DELETE /admin/namespaces/:name", { params: { name: context.param("name") } });
    return new GoTo("/ui/namespaces", "done.deleted");
  }, (problem) => namespaces(context, problem));
}
