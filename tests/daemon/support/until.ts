/** Waits for what the kernel or a promise chain has still to do: turns of the event loop, not a length of time. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns > 20_000) throw new Error("this never came true");
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
