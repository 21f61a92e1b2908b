/**
 * The names that a template can use, read off its tree: only their values are opened for it. More than it uses is possible
 * (both ways of an `if`), less is not.
 */

import type { Expression, PathExpression, Template, TemplateNode } from "./template.ts";

/** Names as the template spells them; null where it can reach any name, by `lookup` or by the whole context. */
export function referencesOf(template: Template): ReadonlySet<string> | null {
  const found = new Set<string>();
  return template.every((node) => addNode(node, found)) ? found : null;
}

/** False where anything may be used. */
function addNode(node: TemplateNode, found: Set<string>): boolean {
  switch (node.kind) {
    case "text":
      return true;
    case "output":
      return addExpression(node.value, found);
    case "block":
      return addExpression(node.subject, found) &&
        [...node.body, ...node.otherwise].every((inner) => addNode(inner, found));
  }
}

function addExpression(expression: Expression, found: Set<string>): boolean {
  switch (expression.kind) {
    case "literal":
      return true;
    case "path":
      return addPath(expression, found);
    case "call":
      return expression.helper === "lookup"
        ? addLookup(expression.params, found)
        : expression.params.every((param) => addExpression(param, found));
  }
}

/** A key that the template spells is a name like any other; what is given besides is computed all the same. */
function addLookup(params: readonly Expression[], found: Set<string>): boolean {
  const [container, key, ...besides] = params;
  if (key?.kind !== "literal") return false;
  found.add(String(key.value));
  const anything = container?.kind === "path" && isContext(container);
  const computed = container === undefined || anything ? besides : [container, ...besides];
  return computed.every((param) => addExpression(param, found));
}

/** In a block a name may be that of the context outside, so the whole spelling and its parts count. */
function addPath(path: PathExpression, found: Set<string>): boolean {
  if (isContext(path)) return false;
  const { data, parts, original } = path;
  const names = data ? parts.slice(1) : parts;
  for (const name of [...names, original.replace(/^(?:@root[./]|\.\.\/|\.\/|this[./])+/, "")]) {
    found.add(name);
  }
  return true;
}

/** `this`, `.`, `..` and `@root`: everything that there is. */
function isContext({ data, parts }: PathExpression): boolean {
  return data ? parts.length === 1 && parts[0] === "root" : parts.length === 0;
}
