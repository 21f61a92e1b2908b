/** Secrets, opened with the old key and sealed anew for their row, and the grants that let projects have them. */

import { wipe } from "../../shared/crypto/wipe.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { defaultEnvName, parseEnvName, parseKeyPath, parseProjectName } from "../../shared/names.ts";
import { insertSecret, type NewSecret, sealNewSecret } from "../services/secrets/secret_rows.ts";
import { redactionProblem } from "../services/secrets/secret_values.ts";
import { valueBytes } from "../services/secrets/secret_values.ts";
import type { StoredRow } from "../store/snapshot.ts";
import { idFor, type ImportRun, type RowOutcome } from "./import_run.ts";
import { type LegacyGrant, type LegacySecret, PROJECT_SECRET_GRANTS, SECRETS } from "./legacy_rows.ts";

export function importSecrets(run: ImportRun): Promise<void> {
  return run.each("secrets", SECRETS, (raw) => raw["key_path"], (row) => bringSecret(run, row));
}

export function importGrants(run: ImportRun): Promise<void> {
  const nameOf = (raw: StoredRow) => `${raw["project_name"]} (${raw["id"]})`;
  return run.each("grants", PROJECT_SECRET_GRANTS, nameOf, (row) => bringGrant(run, row));
}

async function bringSecret(run: ImportRun, row: LegacySecret): Promise<RowOutcome> {
  const keyPath = parseKeyPath(row.key_path);
  const namespace = await run.namespace(row.namespace);
  const existing = await run.tx.db.selectFrom("secrets").select("id")
    .where("namespace", "=", namespace).where("key_path", "=", keyPath).executeTakeFirst();
  const id = existing?.id ?? await freeSecretId(run, row.id);
  const land = () => run.secrets.set(row.id, { id, namespace, keyPath });
  if (existing !== undefined) {
    land();
    return "existing";
  }
  const value = valueOf(run, row);
  const type = row.secret_type;
  const secret: NewSecret = {
    id,
    namespace,
    keyPath,
    type,
    encoding: "utf8",
    description: row.description || null,
    isDecoy: row.is_honey_token !== 0,
    // What the old vault took is brought over; the mark says of which values programs show.
    isUnredactable: redactionProblem(value, { type, isUnredactable: false }) !== undefined,
  };
  await insertSecret(run.tx, {
    ...sealNewSecret(run.sources.vault, secret, value, run.instant(row.created_at)),
    updated_at: run.instant(row.updated_at),
  });
  await run.audit("create_secret", { namespace, resourcePath: keyPath });
  land();
  return "imported";
}

function freeSecretId(run: ImportRun, old: string): Promise<string> {
  return idFor(
    old,
    async (id) =>
      await run.tx.db.selectFrom("secrets").select("id").where("id", "=", id).executeTakeFirst() !==
        undefined,
  );
}

/** The bytes to seal, which the sealing wipes. @throws VaultError where they do not open or could not be delivered */
function valueOf(run: ImportRun, row: LegacySecret): Uint8Array<ArrayBuffer> {
  const opened = row.wrapped_dek === null
    ? undefined
    : run.sources.legacy.open(row.encrypted_value, row.wrapped_dek);
  if (opened === undefined) {
    throw new VaultError("import.invalid", "Its value does not open with the old key; store it anew");
  }
  try {
    const text = fromUtf8(opened);
    if (text === undefined) {
      throw new VaultError("import.invalid", "Its value is not UTF-8 text; store it anew");
    }
    return valueBytes(text, { type: row.secret_type, encoding: "utf8" });
  } finally {
    wipe(opened);
  }
}

/** One environment name in a project means one secret here (lesson C10), so a second grant of it is refused. */
async function bringGrant(run: ImportRun, row: LegacyGrant): Promise<RowOutcome> {
  const projectName = parseProjectName(row.project_name);
  const secret = run.secrets.get(row.secret_id);
  if (secret === undefined) {
    throw new VaultError(
      "import.invalid",
      "Its secret was not brought over; grant it anew once the secret is there",
    );
  }
  const wanted = row.env_var_name || null;
  if (wanted !== null) parseEnvName(wanted);
  const { namespace, keyPath } = secret;
  const effectiveName = wanted?.toUpperCase() ?? defaultEnvName(keyPath);
  const existing = await run.tx.db.selectFrom("project_grants").select("secret_ref")
    .where("namespace", "=", namespace).where("project_name", "=", projectName)
    .where("effective_name", "=", effectiveName).executeTakeFirst();
  if (existing?.secret_ref === secret.id) return "existing";
  if (existing !== undefined) {
    throw new VaultError(
      "import.invalid",
      "The project has another secret under this environment name; choose one",
    );
  }
  await run.tx.db.insertInto("project_grants").values({
    id: await freeGrantId(run, row.id),
    namespace,
    project_name: projectName,
    secret_ref: secret.id,
    env_var_name: wanted,
    effective_name: effectiveName,
    granted_by: row.granted_by,
    granted_at: run.instant(row.granted_at),
  }).execute();
  await run.audit("create_project_grant", { projectName, namespace, resourcePath: keyPath });
  return "imported";
}

function freeGrantId(run: ImportRun, old: string): Promise<string> {
  return idFor(
    old,
    async (id) =>
      await run.tx.db.selectFrom("project_grants").select("id").where("id", "=", id).executeTakeFirst() !==
        undefined,
  );
}
