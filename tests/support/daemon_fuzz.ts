/**
 * Nonsense for the daemon's two sockets, made from a seed so that a case that fails can be had again: lines, frames and
 * messages that are random, cut off, or right but for a few bytes.
 */

import { joinBytes } from "../../shared/bytes.ts";
import { sshString, sshUint32 } from "../../shared/ssh/wire.ts";
import { FRAME } from "../../shared/socket/frames.ts";
import { utf8 } from "../../shared/encoding.ts";

const CALLER_FRAMES = [FRAME.stdin, FRAME.stdinEnd, FRAME.signal, FRAME.resize, FRAME.outputCredit] as const;

/** mulberry32: small, and the same on every machine. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to `sides` - 1. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.roll(256));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.roll(items.length)];
    if (item === undefined) throw new Error("there is nothing to pick from");
    return item;
  }

  /** The same but for a few bytes, or cut off, or with more in it. */
  spoil(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const copy = Uint8Array.from(bytes);
    for (let changes = 1 + this.roll(4); changes > 0 && copy.byteLength > 0; changes--) {
      copy[this.roll(copy.byteLength)] = this.roll(256);
    }
    const cut = copy.subarray(0, this.roll(3) === 0 ? this.roll(copy.byteLength + 1) : copy.byteLength);
    return this.roll(4) === 0 ? joinBytes(cut, this.bytes(this.roll(64))) : Uint8Array.from(cut);
  }
}

/** What a caller might send on the daemon's socket: a line, and frames behind it. */
export function nonsenseForSocket(dice: Dice, request: Readonly<Record<string, unknown>>): Uint8Array {
  const line = utf8(`${JSON.stringify(request)}\n`);
  switch (dice.roll(6)) {
    case 0:
      return dice.bytes(dice.roll(2_000));
    case 1:
      return joinBytes(dice.bytes(dice.roll(200)), utf8("\n"));
    case 2:
      return dice.spoil(line);
    case 3:
      return utf8(`${JSON.stringify(spoilField(dice, request))}\n`);
    case 4:
      return joinBytes(line, dice.bytes(dice.roll(5_000)));
    default:
      return joinBytes(line, frame(dice), frame(dice), frame(dice));
  }
}

/** Anything JSON can say, in the place of one field. */
function spoilField(dice: Dice, request: Readonly<Record<string, unknown>>) {
  const wrong = [null, -1, 1e99, "", "\0", [], {}, [[]], [["A=", ""]], true, "\ud800", "x".repeat(10_000), [
    null,
  ]];
  return { ...request, [dice.pick(Object.keys(request))]: dice.pick<unknown>(wrong) };
}

/** A type, a length that may be a lie, and bytes. */
function frame(dice: Dice): Uint8Array {
  const data = dice.bytes(dice.roll(300));
  const length = dice.pick([data.byteLength, data.byteLength, 0, 0xffffffff, 65_537, data.byteLength + 9]);
  const type = dice.pick([...CALLER_FRAMES, dice.roll(256)]);
  return joinBytes(Uint8Array.of(type), sshUint32(length), data);
}

/** What a program might send to the SSH agent. */
export function nonsenseForAgent(dice: Dice): Uint8Array {
  const message = agentMessage(dice);
  switch (dice.roll(5)) {
    case 0:
      return dice.bytes(dice.roll(2_000));
    case 1:
      return joinBytes(sshUint32(dice.pick([0, 1, 0x40001, 0x7fffffff, 0xffffffff])), message);
    case 2:
      return dice.spoil(sshString(message));
    case 3:
      return joinBytes(sshString(message), sshString(dice.spoil(message)));
    default:
      return sshString(dice.spoil(message));
  }
}

/** Well-formed outside; what is in its fields is random. */
function agentMessage(dice: Dice): Uint8Array {
  const field = () => sshString(dice.bytes(dice.roll(120)));
  const type = Uint8Array.of(dice.pick([0, 1, 9, 11, 13, 17, 18, 19, 22, 25, 27, 240, 255]));
  if (type[0] === 13) return joinBytes(type, field(), field(), sshUint32(dice.roll(8)));
  if (type[0] !== 27) return joinBytes(type, field());
  const flag = Uint8Array.of(dice.roll(3));
  return joinBytes(type, sshString(utf8("session-bind@openssh.com")), field(), field(), field(), flag);
}
