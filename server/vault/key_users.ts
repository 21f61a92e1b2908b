/**
 * Who may be between reading a sealed row and opening it, or between sealing one and storing it. An old KEK is given up only
 * when everybody who came before it was replaced has left, so that nobody is left with a row that no key opens.
 */

class Generation {
  readonly empty = Promise.withResolvers<void>();
  #users = 0;
  #closed = false;

  enter(): void {
    this.#users += 1;
  }

  leave(): void {
    this.#users -= 1;
    this.#settle();
  }

  /** Nobody enters any more. */
  close(): void {
    this.#closed = true;
    this.#settle();
  }

  #settle(): void {
    if (this.#closed && this.#users === 0) this.empty.resolve();
  }
}

export class KeyUsers {
  #generation = new Generation();
  #count = 0;
  /** Until all generations before this one are empty. */
  #before: Promise<void> = Promise.resolve();

  /** How many are here. */
  get count(): number {
    return this.#count;
  }

  /** Runs a piece of work that seals or opens rows, from reading the first row to storing the last. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const generation = this.#generation;
    generation.enter();
    this.#count += 1;
    try {
      return await work();
    } finally {
      this.#count -= 1;
      generation.leave();
    }
  }

  /** Resolves when everybody who is here now has left; whoever comes later is not waited for. */
  gone(): Promise<void> {
    const { empty } = this.#generation;
    const before = this.#before;
    this.#before = before.then(() => empty.promise);
    this.#generation.close();
    this.#generation = new Generation();
    return this.#before;
  }
}
