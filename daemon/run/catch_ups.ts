/** Those who wait until what a program has written so far is with its caller. */

interface Wait {
  bytesLeft: number;
  readonly resolve: () => void;
}

export class CatchUps {
  #waits: readonly Wait[] = [];

  /** Resolves by {@linkcode CatchUps.allSent}, or after so many bytes more: a program may write without a pause. */
  wait(bytes: number): Promise<void> {
    return new Promise((resolve) => this.#waits = [...this.#waits, { bytesLeft: bytes, resolve }]);
  }

  /** So many bytes are with the caller. */
  sent(bytes: number): void {
    this.#waits.forEach((wait) => wait.bytesLeft -= bytes);
    this.#end(({ bytesLeft }) => bytesLeft <= 0);
  }

  /** There is nothing more that could be sent now. */
  allSent(): void {
    this.#end(() => true);
  }

  #end(isOver: (wait: Wait) => boolean): void {
    const over = this.#waits.filter(isOver);
    this.#waits = this.#waits.filter((wait) => !over.includes(wait));
    over.forEach(({ resolve }) => resolve());
  }
}
