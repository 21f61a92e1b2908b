/**
 * Opening an old vault by shares, where its password is lost too. They do not say how many are needed, so each one that comes is
 * tried together with those before, until the sentinel opens.
 */

import { wipe } from "../../shared/crypto/wipe.ts";
import type { KeyStorage } from "../../shared/crypto/key_storage.ts";
import { askHidden, type LineInput, readPlainLine, whileHidden } from "../../shared/terminal/hidden_line.ts";
import { StartupError } from "../startup_error.ts";
import type { LegacySeal } from "./legacy_rows.ts";
import { combineLegacyShares, type LegacyShare, parseLegacyShare } from "./legacy_shares.ts";
import { LegacyVault } from "./legacy_vault.ts";

export interface LegacyShareSources {
  readonly input: LineInput;
  readonly say: (line: string) => void;
  readonly storage: KeyStorage;
}

/** @throws StartupError where the shares end, by an empty line or the end of the input, before they open the vault */
export function unsealLegacyByShares(seal: LegacySeal, sources: LegacyShareSources): LegacyVault {
  const { input } = sources;
  if (!input.isTerminal()) return collect(seal, sources, () => readPlainLine(input));
  return whileHidden(
    input,
    () =>
      collect(seal, {
        ...sources,
        say: (line) => input.say(`${line}\r\n`),
      }, (given) => askHidden(input, `Share ${given + 1} of the old vault: `)),
  );
}

function collect(
  seal: LegacySeal,
  { say, storage }: LegacyShareSources,
  next: (given: number) => string,
): LegacyVault {
  const shares = new Map<number, LegacyShare>();
  try {
    for (let text = next(0); text.trim() !== ""; text = next(shares.size)) {
      const share = parseLegacyShare(text);
      if (share === undefined) say("This is not a share of the old vault: 44 characters of base64");
      else if (shares.has(share.x)) say(`Share ${share.x} was given already`);
      else {
        shares.set(share.x, share);
        const vault = LegacyVault.withKek(seal, combineLegacyShares([...shares.values()]), storage);
        if (vault !== undefined) return vault;
        say(`${shares.size} of the shares given; they do not open the old vault yet`);
      }
    }
    throw new StartupError(
      `The ${shares.size} shares that were given do not open the old vault: there are too few, or one is not of its set`,
    );
  } finally {
    for (const { body } of shares.values()) wipe(body);
  }
}
