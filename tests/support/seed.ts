/**
 * What random cases are drawn by. The same in every run, so that the gate judges a change and not the dice;
 * `CORTEX_TEST_SEED=random` draws others, and a number those of that number.
 */

const ALWAYS = 20_261_123;

function readSeed(text: string | undefined): number {
  if (text === undefined || text === "") return ALWAYS;
  return text === "random" ? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0 : Number(text);
}

export const SEED: number = readSeed(Deno.env.get("CORTEX_TEST_SEED"));
