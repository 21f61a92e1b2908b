/**
 * What the key derivation costs. Chosen once, at first boot, and stored beside the salt; later boots use what is
 * stored, so that a changed variable cannot lock the operator out.
 */

export interface Argon2Parameters {
  /** Memory in KiB. */
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** More than RFC 9106 asks of a server with a person waiting: this runs once a boot. */
export const DEFAULT_ARGON2: Argon2Parameters = { memoryKib: 256 * 1024, passes: 3, lanes: 4 };

/** The form of `vault_seal.kdf`. */
interface StoredKdf {
  readonly name: "argon2id";
  readonly version: 19;
  readonly m: number;
  readonly t: number;
  readonly p: number;
}

/** Below 1 MiB nothing is derived; above 2 GiB the Worker's memory ends. */
const MEMORY_KIB = { least: 1024, most: 2 * 1024 * 1024 };
const PASSES = { least: 1, most: 64 };
const LANES = { least: 1, most: 64 };
/** RFC 9106 section 3.1: at least 8 KiB for each lane. */
const KIB_PER_LANE = 8;

/**
 * Reads `m=256MiB,t=3,p=4` (or `m=262144`, in KiB); what is left out keeps its default.
 * @returns the parameters, or what is wrong with the text
 */
export function parseArgon2Parameters(text: string): Argon2Parameters | string {
  const given = new Map<string, number>();
  for (const part of text.split(",")) {
    const [, name, digits, unit] = /^\s*([mtp])=(\d{1,9})(KiB|MiB|GiB)?\s*$/.exec(part) ?? [];
    if (name === undefined || given.has(name) || (unit !== undefined && name !== "m")) {
      return "must look like m=256MiB,t=3,p=4";
    }
    given.set(name, Number(digits) * (UNITS.get(unit) ?? 1));
  }
  return checkBounds({
    memoryKib: given.get("m") ?? DEFAULT_ARGON2.memoryKib,
    passes: given.get("t") ?? DEFAULT_ARGON2.passes,
    lanes: given.get("p") ?? DEFAULT_ARGON2.lanes,
  });
}

/** KiB in a unit of memory; none means KiB. */
const UNITS = new Map<string | undefined, number>([["MiB", 1024], ["GiB", 1024 * 1024]]);

function checkBounds(parameters: Argon2Parameters): Argon2Parameters | string {
  const { memoryKib, passes, lanes } = parameters;
  if (!within(memoryKib, MEMORY_KIB)) return "m must be between 1MiB and 2GiB";
  if (!within(passes, PASSES)) return "t must be between 1 and 64";
  if (!within(lanes, LANES)) return "p must be between 1 and 64";
  if (memoryKib < lanes * KIB_PER_LANE) return "m must be at least 8KiB for each of the p lanes";
  return parameters;
}

function within(value: number, bounds: { readonly least: number; readonly most: number }): boolean {
  return Number.isInteger(value) && value >= bounds.least && value <= bounds.most;
}

/** As stored in `vault_seal.kdf`. */
export function printArgon2({ memoryKib, passes, lanes }: Argon2Parameters): string {
  const stored: StoredKdf = { name: "argon2id", version: 19, m: memoryKib, t: passes, p: lanes };
  return JSON.stringify(stored);
}

/** Reads `vault_seal.kdf`. @throws Error where it is not what {@linkcode printArgon2} writes */
export function readArgon2(text: string): Argon2Parameters {
  const stored: Partial<StoredKdf> = JSON.parse(text);
  const { m, t, p } = stored;
  if (
    stored.name !== "argon2id" || stored.version !== 19 || m === undefined || t === undefined ||
    p === undefined
  ) {
    throw new Error("the stored key derivation is not one that this program knows");
  }
  const checked = checkBounds({ memoryKib: m, passes: t, lanes: p });
  if (typeof checked === "string") throw new Error(`the stored key derivation is out of bounds: ${checked}`);
  return checked;
}
