/**
 * Long work that leaves room for requests. A turn of the event loop is not enough: while there is always something to run,
 * the runtime looks at its sockets only every 61st turn. A timer, however short, lets it look.
 */

/** How long work may go on in one go: what it adds, at most, to the time of a request that comes meanwhile. */
const WORK_MS = 2;

export class Pace {
  #since = performance.now();

  /** Between two small pieces of work: rests where it is time to. */
  async rest(): Promise<void> {
    if (performance.now() - this.#since < WORK_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#since = performance.now();
  }
}
