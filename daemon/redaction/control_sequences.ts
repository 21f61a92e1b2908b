/**
 * Tells the bytes of terminal control sequences (ECMA-48: CSI and OSC) from those that a reader sees. An unfinished or
 * overlong sequence is seen after all: a value cannot hide behind an ESC that is never closed.
 */

const ESC = 0x1b;
const BEL = 0x07;

/** No real CSI sequence is longer; a longer one is output that happens to begin like one. */
const MAX_SEQUENCE = 64;

const enum Mode {
  Text,
  Escape,
  Csi,
}

export class ControlSequences {
  #mode = Mode.Text;
  #length = 0;

  /**
   * Marks with 1 what of the next chunk belongs to a control sequence. The chunk stands behind `from` bytes whose marks
   * are `before`; undefined stands for no mark at all.
   */
  mark(chunk: Uint8Array, before: Uint8Array | undefined, from: number): Uint8Array | undefined {
    if (this.#mode === Mode.Text && before === undefined && !chunk.includes(ESC)) return undefined;
    const hidden = new Uint8Array(from + chunk.length);
    if (before !== undefined) hidden.set(before);
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if ((this.#mode !== Mode.Text || byte === ESC) && this.#hides(byte)) hidden[from + at] = 1;
    }
    return hidden;
  }

  #hides(byte: number): boolean {
    this.#length = byte === ESC ? 1 : this.#length + 1;
    if (byte === ESC) {
      this.#mode = Mode.Escape;
      return true;
    }
    if (this.#mode === Mode.Escape) {
      this.#mode = byte === 0x5b ? Mode.Csi : Mode.Text;
      return byte >= 0x20 && byte !== BEL && byte < 0x7f;
    }
    const parameter = byte >= 0x20 && byte <= 0x3f && this.#length < MAX_SEQUENCE;
    if (!parameter) this.#mode = Mode.Text;
    return parameter || (byte >= 0x40 && byte <= 0x7e);
  }
}
