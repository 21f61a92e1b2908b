/** The way from a secret to a project, which need not be there yet. */

import { TextField } from "../fields.tsx";
import { GoTo, look, type PageAnswer, type PageContext } from "../page.ts";
import { Head } from "../pieces.tsx";
import { projectPath } from "./projects.tsx";

export const grantPages = [look("/ui/grant", chooseProject)];

async function chooseProject({ api, t, query }: PageContext): Promise<PageAnswer> {
  const [keyPath, project] = [query("key_path"), query("project").trim()];
  const namespace = query("namespace") === "" ? "default" : query("namespace");
  if (project !== "") {
    return new GoTo(`${projectPath(project, namespace)}&grant=${encodeURIComponent(keyPath)}`);
  }
  const { items } = await api("GET /admin/projects", { query: { namespace }, audited: false });
  const title = t("project.grant");
  const body = (
    <>
      <Head title={title} lead={t("grant.lead", { namespace })} />
      <section class="panel">
        <form class="stack" method="get" action="/ui/grant">
          <input type="hidden" name="key_path" value={keyPath} />
          <input type="hidden" name="namespace" value={namespace} />
          <TextField
            name="project"
            label={t("column.project")}
            hint={t("grant.project_hint")}
            list="projects"
            required
            autofocus
          />
          <datalist id="projects">
            {items.map(({ project_name }) => <option value={project_name} />)}
          </datalist>
          <div>
            <button class="primary" type="submit">{t("grant.go_on")}</button>
          </div>
        </form>
      </section>
    </>
  );
  return { title, nav: "projects", body };
}
