/** People and their roles; the link by which a person sets their password is shown once. */

import type { RoleGiven } from "../../../shared/api/auth.ts";
import type { InvitedPerson, PersonSummary } from "../../../shared/api/people.ts";
import { VaultError } from "../../../shared/errors.ts";
import { ALL_ROLES } from "../../access/roles.ts";
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
import { trying } from "../problems.ts";
import type { Translate, WordKey } from "../words/words.ts";
import { ListPanel, queryOf, SHOWN, Table } from "./lists.tsx";

export const peoplePages = [
  look("/ui/people", (context) => people(context, {})),
  act("/ui/people", invite),
  look("/ui/people/:id", (context) => person(context)),
  act("/ui/people/:id", update),
  act("/ui/people/:id/invite", inviteAgain),
  act(
    "/ui/people/:id/disable",
    (context) => change(context, "POST /admin/people/:id/disable", "done.disabled"),
  ),
  act("/ui/people/:id/enable", (context) => change(context, "POST /admin/people/:id/enable", "done.enabled")),
  act(
    "/ui/people/:id/end-sessions",
    (context) => change(context, "DELETE /admin/people/:id/sessions", "done.sessions_ended"),
  ),
];

interface Told {
  readonly problem?: FormProblem;
  readonly invited?: InvitedPerson;
}

async function people(context: PageContext, { problem, invited }: Told): Promise<PageView> {
  const { api, t, url, form } = context;
  const { items, next } = await api("GET /admin/people", {
    query: { ...queryOf(context, []), limit: SHOWN },
  });
  const title = t("nav.people");
  const body = (
    <>
      <Head title={title} lead={t("people.lead")} />
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      {invited === undefined ? null : <Invited t={t} origin={url.origin} invited={invited} />}
      <ListPanel context={context} next={next}>
        {items.length === 0 ? <Empty title={t("people.none")} next={t("people.none_next")} /> : (
          <Table
            label={title}
            columns={[t("signin.email"), t("people.roles"), t("column.state"), t("people.last")]}
          >
            {items.map((item) => <PersonRow t={t} item={item} />)}
          </Table>
        )}
      </ListPanel>
      <section class="panel" aria-labelledby="invite">
        <h2 id="invite">{t("people.invite")}</h2>
        <Form context={context} action="/ui/people">
          <TextField
            name="email"
            type="email"
            label={t("signin.email")}
            value={form.get("email")}
            problem={problem}
            required
          />
          <TextField
            name="display_name"
            label={t("people.name")}
            value={form.get("display_name")}
            problem={problem}
          />
          <Roles t={t} given={invited === undefined ? rolesIn(form) : []} />
          <div>
            <button class="primary" type="submit">{t("people.invite_now")}</button>
          </div>
        </Form>
      </section>
    </>
  );
  return { title, nav: "people", body };
}

function Invited(
  { t, origin, invited }: { readonly t: Translate; readonly origin: string; readonly invited: InvitedPerson },
) {
  return (
    <section class="card" aria-labelledby="invited">
      <h2 id="invited">{t("people.invited", { email: invited.person.email })}</h2>
      <pre tabindex={0}>{`${origin}${invited.path}`}</pre>
      <p>
        {t("people.once")} <Moment at={invited.expires_at} />
      </p>
    </section>
  );
}

function PersonRow({ t, item }: { readonly t: Translate; readonly item: PersonSummary }) {
  return (
    <tr>
      <th scope="row">
        <a href={`/ui/people/${item.id}`}>
          <Said text={item.email} />
        </a>
        {item.display_name === null ? null : (
          <p class="small quiet">
            <Said text={item.display_name} />
          </p>
        )}
      </th>
      <td data-label={t("people.roles")}>
        <RoleList t={t} roles={item.roles} />
      </td>
      <td data-label={t("column.state")}>
        <PersonState t={t} item={item} />
      </td>
      <td data-label={t("people.last")}>
        <Moment at={item.last_sign_in_at} />
      </td>
    </tr>
  );
}

function PersonState({ t, item }: { readonly t: Translate; readonly item: PersonSummary }) {
  return item.disabled_at === null
    ? <Status tone="good" label={t("state.active")} />
    : <Status tone="bad" label={t("people.disabled")} />;
}

/** Roles in words, each with where it counts. */
export function RoleList({ t, roles }: { readonly t: Translate; readonly roles: readonly RoleGiven[] }) {
  if (roles.length === 0) return <span class="quiet">{t("people.no_role")}</span>;
  return (
    <span>
      {roles.map(({ role, namespaces }) =>
        `${role} (${namespaces === null ? t("people.everywhere") : namespaces.join(", ")})`
      ).join("; ")}
    </span>
  );
}

/** A box for each role, and where it counts. */
function Roles({ t, given }: { readonly t: Translate; readonly given: readonly RoleGiven[] }) {
  return (
    <fieldset>
      <legend>{t("people.roles")}</legend>
      {ALL_ROLES.map((role) => {
        const present = given.find((each) => each.role === role);
        return (
          <div class="stack">
            <Choice type="checkbox" name="role" value={role} checked={present !== undefined}>
              <strong>{role}</strong> – {t(`role.${role}`)}
            </Choice>
            {role === "super-admin" ? null : (
              <TextField
                name={`namespaces_${role}`}
                label={t("people.namespaces_of", { role })}
                hint={t("people.namespaces_hint")}
                value={present?.namespaces?.join(", ") ?? ""}
              />
            )}
          </div>
        );
      })}
    </fieldset>
  );
}

function rolesIn(form: URLSearchParams): RoleGiven[] {
  return form.getAll("role").map((role) => {
    const names = (form.get(`namespaces_${role}`) ?? "").split(",").map((name) => name.trim()).filter((
      name,
    ) => name !== "");
    return { role, namespaces: names.length === 0 ? null : names };
  });
}

async function findPerson({ api, param }: PageContext): Promise<PersonSummary> {
  const { items } = await api("GET /admin/people");
  const found = items.find(({ id }) => id === param("id"));
  if (found !== undefined) return found;
  throw new VaultError("person.not_found", "There is no such person any more");
}

async function person(context: PageContext, problem?: FormProblem): Promise<PageView> {
  const { t, form } = context;
  const item = await findPerson(context);
  const path = `/ui/people/${item.id}`;
  const title = item.email;
  const body = (
    <>
      <Head title={title}>
        <PersonState t={t} item={item} />
        <a class="button" href="/ui/people">{t("people.back")}</a>
      </Head>
      {problem === undefined ? null : <Note tone="bad">{problem.message}</Note>}
      <section class="panel" aria-labelledby="roles">
        <h2 id="roles">{t("people.roles")}</h2>
        <Form context={context} action={path}>
          <TextField
            name="display_name"
            label={t("people.name")}
            value={form.get("display_name") ?? item.display_name}
            problem={problem}
          />
          <Roles t={t} given={form.has("role") ? rolesIn(form) : item.roles} />
          <div>
            <button class="primary" type="submit">{t("form.save")}</button>
          </div>
        </Form>
      </section>
      <section class="panel" aria-labelledby="access">
        <h2 id="access">{t("people.access")}</h2>
        <div class="actions">
          <DoButton context={context} action={`${path}/invite`} label={t("people.invite_again")} />
          <DoButton context={context} action={`${path}/end-sessions`} label={t("people.end_sessions")} />
          {item.disabled_at === null
            ? (
              <DoButton
                context={context}
                action={`${path}/disable`}
                label={t("people.disable")}
                confirm={t("people.disable_confirm")}
                tone="danger"
              />
            )
            : <DoButton context={context} action={`${path}/enable`} label={t("people.enable")} />}
        </div>
      </section>
    </>
  );
  return { title, nav: "people", body };
}

function nameIn(form: URLSearchParams): string | null {
  const name = (form.get("display_name") ?? "").trim();
  return name === "" ? null : name;
}

function invite(context: PageContext): Promise<PageAnswer> {
  const { api, form } = context;
  return trying(context.t, async () => {
    const body = {
      email: (form.get("email") ?? "").trim(),
      display_name: nameIn(form),
      roles: rolesIn(form),
    };
    return await people(context, { invited: await api("POST /admin/people", { body }) });
  }, (problem) => people(context, { problem }));
}

function inviteAgain(context: PageContext): Promise<PageAnswer> {
  return trying(context.t, async () => {
    const params = { id: context.param("id") };
    return await people(context, { invited: await context.api("POST /admin/people/:id/invite", { params }) });
  }, (problem) => person(context, problem));
}

function update(context: PageContext): Promise<PageAnswer> {
  const { form } = context;
  return trying(context.t, async () => {
    const params = { id: context.param("id") };
    const body = { display_name: nameIn(form), roles: rolesIn(form) };
    await context.api("PUT /admin/people/:id", { params, body });
    return new GoTo(`/ui/people/${params.id}`, "done.saved");
  }, (problem) => person(context, problem));
}

type Change =
  | "POST /admin/people/:id/disable"
  | "POST /admin/people/:id/enable"
  | "DELETE /admin/people/:id/sessions";

function change(context: PageContext, route: Change, done: WordKey): Promise<PageAnswer> {
  return trying(context.t, async () => {
    const params = { id: context.param("id") };
    await context.api(route, { params });
    return new GoTo(`/ui/people/${params.id}`, done);
  }, (problem) => person(context, problem));
}
