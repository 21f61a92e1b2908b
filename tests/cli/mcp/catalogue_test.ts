import assert from "node:assert/strict";
import { listedTools } from "../../../cli/mcp/catalogue.ts";

/** What agents were told; a change here is a change for all of them. */
const SNAPSHOT: Readonly<Record<string, { readonly takes: string[]; readonly needs: string[] }>> = {
  list_names: { takes: ["project", "directory"], needs: [] },
  explain: { takes: ["project", "directory", "names", "program", "args"], needs: [] },
  request_access: {
    takes: ["project", "directory", "names", "program", "args", "uses", "minutes", "note"],
    needs: [],
  },
  render_template: { takes: ["project", "directory", "template", "out"], needs: ["template", "out"] },
  run_command: {
    takes: ["project", "directory", "names", "program", "args", "timeout_seconds", "max_output_bytes"],
    needs: ["program"],
  },
};
const ONLY_LOOK = ["list_names", "explain"];

Deno.test("listedTools says of each tool what it takes, that nothing else is taken, and whether it only looks", () => {
  const tools = listedTools();
  assert.deepEqual(tools.map(({ name }) => name), Object.keys(SNAPSHOT));
  for (const { name, title, description, inputSchema, annotations } of tools) {
    const { type, properties, required, additionalProperties } = inputSchema;
    assert.deepEqual([type, additionalProperties], ["object", false], name);
    assert.deepEqual(Object.keys(properties as object), SNAPSHOT[name]?.takes);
    assert.deepEqual(required ?? [], SNAPSHOT[name]?.needs);
    assert.equal(annotations["readOnlyHint"], ONLY_LOOK.includes(name));
    assert.ok(title.length > 5 && /^[A-Z].*\.$/.test(description) && description.length < 300, name);
    for (const [argument, schema] of Object.entries(properties as Record<string, { description?: string }>)) {
      assert.ok((schema.description ?? "").length > 10, `${name}.${argument} is not described`);
    }
  }
});
