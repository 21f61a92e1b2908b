/**
 * `deno run -A packaging/sbom.ts COMMIT`: what is inside the programs, as SPDX 2.3 JSON (ISO/IEC 5962): every npm package that
 * they were bundled from, with the sum that the lock file holds. What only tests use is not in the programs.
 */

import config from "../deno.json" with { type: "json" };
import { VERSION } from "../shared/version.ts";

interface LockedPackage {
  readonly integrity?: string;
  readonly dependencies?: readonly string[];
}

export interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<Record<string, LockedPackage>>;
}

/** One package of the lock file. */
interface Component {
  readonly name: string;
  readonly version: string;
  readonly integrity: string | undefined;
}

const SOURCES = ["server", "daemon", "cli", "shared"] as const;

/** Seconds since 1970 as SPDX writes a time, in which there are no fractions of a second. */
export function spdxTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}

/** The document. `created` is a {@linkcode spdxTime}: of the commit, so that the same commit gives the same bytes. */
export function sbom(
  components: readonly Component[],
  commit: string,
  created: string,
): Readonly<Record<string, unknown>> {
  const root = {
    SPDXID: "SPDXRef-cortex-auth",
    name: "cortex-auth",
    versionInfo: VERSION,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "MIT",
    licenseDeclared: "MIT",
    copyrightText: "NOASSERTION",
  };
  const packages = components.map(toPackage);
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `cortex-auth-${VERSION}`,
    documentNamespace: `https://github.com/cortex-auth/cortex-auth/sbom/${VERSION}/${commit}`,
    creationInfo: { created, creators: ["Tool: cortex-auth packaging/sbom.ts"] },
    packages: [root, ...packages],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: root.SPDXID },
      ...packages.map(({ SPDXID }) => ({
        spdxElementId: root.SPDXID,
        relationshipType: "CONTAINS",
        relatedSpdxElement: SPDXID,
      })),
    ],
  };
}

/** The packages behind the imports of the programs, and all that those need. */
export function componentsOf(lock: Lock, imports: readonly string[]): Component[] {
  const reached = new Set<string>();
  const reach = (key: string) => {
    if (reached.has(key)) return;
    reached.add(key);
    for (const dependency of lock.npm[key]?.dependencies ?? []) reach(keyOf(lock, dependency));
  };
  for (const specifier of imports) {
    const version = lock.specifiers[specifier];
    if (version === undefined) throw new Error(`${specifier} is not in the lock file`);
    reach(`${specifier.slice("npm:".length).replace(/@[^@]+$/, "")}@${version}`);
  }
  return [...reached].sort().map((key) => toComponent(key, lock.npm[key]));
}

/** What the sources of the programs import from npm, as the lock file spells it. */
export async function importedPackages(): Promise<string[]> {
  const found = new Set<string>();
  for (const folder of SOURCES) await collect(folder, found);
  return [...found].sort();
}

async function collect(folder: string, found: Set<string>): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await collect(path, found);
    else if (/\.tsx?$/.test(name)) {
      const text = await Deno.readTextFile(path);
      for (const [key, target] of Object.entries(config.imports)) {
        const used = text.includes(`"${key}"`) || text.includes(`"${key}/`);
        if (used) found.add(target.replace(/^(npm:@?[^@]+@[^/]+).*$/, "$1"));
      }
    }
  }
}

/** A dependency without a version is the one of its name. */
function keyOf(lock: Lock, dependency: string): string {
  if (dependency in lock.npm) return dependency;
  const key = Object.keys(lock.npm).find((candidate) => candidate.startsWith(`${dependency}@`));
  if (key === undefined) throw new Error(`${dependency} is not in the lock file`);
  return key;
}

function toComponent(key: string, locked: LockedPackage | undefined): Component {
  const [, name = "", version = ""] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
  return { name, version, integrity: locked?.integrity };
}

function toPackage({ name, version, integrity }: Component) {
  const sum = integrity === undefined ? undefined : Uint8Array.fromBase64(integrity.replace(/^sha512-/, ""));
  return {
    SPDXID: `SPDXRef-npm-${`${name}-${version}`.replace(/[^A-Za-z0-9.-]/g, "-")}`,
    name,
    versionInfo: version,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "NOASSERTION",
    copyrightText: "NOASSERTION",
    externalRefs: [{
      referenceCategory: "PACKAGE-MANAGER",
      referenceType: "purl",
      referenceLocator: `pkg:npm/${name.replace(/^@/, "%40")}@${version}`,
    }],
    ...(sum === undefined ? {} : { checksums: [{ algorithm: "SHA512", checksumValue: sum.toHex() }] }),
  };
}

if (import.meta.main) {
  const [commit = "unknown", created = spdxTime(0)] = Deno.args;
  const lock: Lock = JSON.parse(await Deno.readTextFile("deno.lock"));
  const components = componentsOf(lock, await importedPackages());
  console.log(JSON.stringify(sbom(components, commit, created), null, 2));
}
