/** `/docs`: the API document to browse. Everything on it comes from the document; scripts only filter and open. */

import { assetPath } from "../dashboard/assets.ts";
import type { Html } from "../dashboard/page.ts";
import { Mark } from "../dashboard/layout.tsx";
import { OperationView } from "./operation_view.tsx";
import { Fields, Marked, SchemaView } from "./schema_view.tsx";
import type { ApiDocument, JsonSchema, Operation, Tag } from "./types.ts";

interface Chapter extends Tag {
  readonly id: string;
  readonly operations: readonly {
    readonly method: string;
    readonly path: string;
    readonly operation: Operation;
  }[];
}

export function docsPage(document: ApiDocument): Html {
  const chapters = chaptersOf(document);
  const count = chapters.reduce((sum, { operations }) => sum + operations.length, 0);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>API · CortexAuth</title>
        <link rel="icon" href={assetPath("mark.svg")} type="image/svg+xml" />
        <link rel="stylesheet" href={assetPath("style.css")} />
        <link rel="stylesheet" href={assetPath("docs.css")} />
        <script src={assetPath("docs.js")} defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <div class="frame">
          <header class="side">
            <a class="brand" href="/ui/overview">
              <Mark />
              CortexAuth
            </a>
            <Menu chapters={chapters} />
            <details class="menu">
              <summary>Contents</summary>
              <Menu chapters={chapters} />
            </details>
          </header>
          <main id="main" class="docs" tabindex={-1}>
            <div class="head">
              <div>
                <h1>The API</h1>
                <p>
                  Version {document.info.version}, {count} operations, also as{" "}
                  <a href="/openapi.json">OpenAPI {document.openapi}</a>
                </p>
              </div>
            </div>
            <div class="panel find" id="find" hidden>
              <label for="filter">Find an operation</label>
              <input type="search" id="filter" autocomplete="off" aria-describedby="found" />
              <span class="quiet small" id="found" role="status" data-of={count}></span>
            </div>
            <Introduction document={document} />
            {chapters.map((chapter) => <ChapterView chapter={chapter} document={document} />)}
            <Failures document={document} />
            <Schemas document={document} />
          </main>
        </div>
      </body>
    </html>
  );
}

function chaptersOf({ tags, paths }: ApiDocument): Chapter[] {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation }))
  );
  return tags.map((tag) => ({
    ...tag,
    id: `chapter-${tag.name.toLowerCase().replaceAll(" ", "-")}`,
    operations: operations.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
}

function Menu({ chapters }: { readonly chapters: readonly Chapter[] }) {
  return (
    <nav aria-label="Contents">
      <ul>
        {chapters.map(({ id, name, operations }) => (
          <li>
            <a href={`#${id}`}>
              {name}
              <span class="quiet small">{operations.length}</span>
            </a>
          </li>
        ))}
        <li>
          <a href="#failures">Failures</a>
        </li>
        <li>
          <a href="#schemas">Schemas</a>
        </li>
      </ul>
    </nav>
  );
}

function Introduction({ document: { info, components } }: { readonly document: ApiDocument }) {
  return (
    <section class="panel" aria-labelledby="about">
      <h2 id="about">Before you begin</h2>
      {String(info["description"]).split("\n\n").map((text) => (
        <p>
          <Marked text={text} />
        </p>
      ))}
      <h3>Who is asking</h3>
      <dl class="fields">
        {Object.entries(components.securitySchemes).map(([id, { name, type, in: place, description }]) => (
          <div>
            <dt>
              {type === "http"
                ? "Authorization: Bearer …"
                : `${name}${place === "cookie" ? " (cookie)" : ""}`}
            </dt>
            <dd id={`scheme-${id}`}>
              <Marked text={description} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function ChapterView({ chapter, document }: { readonly chapter: Chapter; readonly document: ApiDocument }) {
  return (
    <section class="panel flush chapter" aria-labelledby={chapter.id}>
      <div class="panel-head">
        <h2 id={chapter.id}>{chapter.name}</h2>
        <p class="quiet">
          <Marked text={chapter.description} />
        </p>
      </div>
      <div>
        {chapter.operations.map((placed) => <OperationView {...placed} document={document} />)}
      </div>
    </section>
  );
}

function Failures({ document: { components } }: { readonly document: ApiDocument }) {
  return (
    <section class="panel" aria-labelledby="failures">
      <h2 id="failures">Failures</h2>
      <Fields schema={components.schemas["Error"] ?? {}} schemas={components.schemas} answer />
      <dl class="fields">
        {Object.entries(components.responses).map(([name, { description }]) => (
          <div id={`failure-${name}`}>
            <dt>{name}</dt>
            <dd>
              <Marked text={description} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Schemas({ document }: { readonly document: ApiDocument }) {
  const { schemas } = document.components;
  const sent = sentSchemas(document);
  return (
    <section class="panel flush" aria-labelledby="schemas">
      <div class="panel-head">
        <h2 id="schemas">Schemas</h2>
      </div>
      <div>
        {Object.entries(schemas).map(([name, schema]) => (
          <details class="operation" id={`schema-${name}`}>
            <summary>
              <code class="path">{name}</code>
            </summary>
            <div class="stack">
              <Described schema={schema} />
              <SchemaView schema={schema} schemas={schemas} answer={!sent.has(name)} />
            </div>
          </details>
        ))}
      </div>
    </section>
  );
}

/** Names of schemas that bodies are made of; the others are of answers. */
function sentSchemas({ paths, components: { schemas } }: ApiDocument): ReadonlySet<string> {
  const sent = new Set<string>();
  const visit = (part: unknown): void => {
    for (const [, name = ""] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (sent.has(name)) continue;
      sent.add(name);
      visit(schemas[name]);
    }
  };
  visit(
    Object.values(paths).flatMap((item) => Object.values(item).map(({ requestBody = null }) => requestBody)),
  );
  return sent;
}

function Described({ schema: { description } }: { readonly schema: JsonSchema }) {
  if (description === undefined) return null;
  return (
    <p>
      <Marked text={description} />
    </p>
  );
}
