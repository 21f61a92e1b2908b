/**
 * Where the next row of the log goes. The newest row that is there is not believed alone: a row behind it would cover up
 * that newer ones were cut off. What is remembered of them, in the record of the end and by the server that wrote them,
 * decides, so that whatever is gone leaves a gap in the numbers that no later row closes.
 */

import type { ChainTail } from "../store/writer.ts";
import { GENESIS } from "./chain.ts";
import type { TailRecord } from "./tail_record.ts";

/** What is known of where a log ends. */
export interface KnownEnds {
  /** The newest row that is there. */
  readonly last: ChainTail | undefined;
  readonly record: TailRecord | undefined;
  /** What this server knows to be durable. */
  readonly written: ChainTail | undefined;
  /** Whether there was a log before: only a vault that is being made has none. */
  readonly hasLog: boolean;
}

/**
 * What the next row hangs on. Where nothing that can be believed remembers the end, one number is left out: nobody can tell
 * how many rows are gone, and the gap says so for ever.
 */
export function chainEnd({ last, record, written, hasLog }: KnownEnds): ChainTail {
  const remembered = [record?.genuine === true ? record : [], written ?? []].flat();
  const ends = [last ?? [], remembered].flat();
  const { seq, mac } = ends.reduce((one, other) => other.seq >= one.seq ? other : one, GENESIS);
  const isForgotten = remembered.length === 0 && (hasLog || last !== undefined);
  return { seq: isForgotten ? seq + 1 : seq, mac };
}
