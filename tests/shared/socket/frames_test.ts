import assert from "node:assert/strict";
import fc from "fast-check";
import { VaultError } from "../../../shared/errors.ts";
import {
  encodeData,
  encodeFrame,
  FRAME,
  type Frame,
  FrameParser,
  type FrameType,
  HEADER_BYTES,
  MAX_DATA_BYTES,
} from "../../../shared/socket/frames.ts";

const FROM_DAEMON = (Object.values(FRAME) as FrameType[]).filter((type) => type < 0x80);
const EXACT: Partial<Record<FrameType, number>> = {
  [FRAME.outputEnd]: 1,
  [FRAME.stdinCredit]: 4,
  [FRAME.stdinClosed]: 0,
  [FRAME.suspended]: 0,
  [FRAME.stdinEnd]: 0,
  [FRAME.resize]: 4,
  [FRAME.outputCredit]: 5,
  [FRAME.outputClosed]: 1,
};

const payloadOf = (type: FrameType) => {
  const exact = EXACT[type];
  if (exact !== undefined) return fc.uint8Array({ minLength: exact, maxLength: exact });
  return fc.uint8Array({ minLength: 4, maxLength: type === FRAME.signal ? 16 : 3000 });
};
const frameOf = (types: readonly FrameType[]) =>
  fc.constantFrom(...types).chain((type) => payloadOf(type).map((payload) => ({ type, payload })));

function invalid(error: unknown): boolean {
  return error instanceof VaultError && error.code === "client.frame_invalid";
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function plain(frames: readonly Frame[]): unknown[] {
  return frames.map(({ type, payload }) => ({ type, payload: [...payload] }));
}

Deno.test("FrameParser gives back what encodeFrame made, however the bytes are cut", () => {
  fc.assert(fc.property(
    fc.array(frameOf(FROM_DAEMON), { maxLength: 6 }),
    fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }),
    (frames, cuts) => {
      const bytes = concat(frames.map(({ type, payload }) => encodeFrame(type, payload)));
      const parser = new FrameParser("daemon");
      const parsed: Frame[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const length = cuts[turn % cuts.length] ?? 1;
        parsed.push(...parser.push(bytes.subarray(at, at + length)));
        at += length;
      }
      assert.deepEqual(plain(parsed), frames.map(({ type, payload }) => ({ type, payload: [...payload] })));
      assert.equal(parser.atBoundary, true);
    },
  ));
});

Deno.test("FrameParser refuses a header of an unknown type, the wrong direction or a wrong length at once", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      (type, length) => {
        const header = new Uint8Array(HEADER_BYTES);
        header[0] = type;
        new DataView(header.buffer).setUint32(1, length);
        const known = FROM_DAEMON.find((one) => one === type);
        const exact = known === undefined ? undefined : EXACT[known];
        if (known === undefined || exact !== undefined && exact !== length || length > 1024 * 1024) {
          assert.throws(() => new FrameParser("daemon").push(header), invalid);
        }
      },
    ),
  );
});

Deno.test("FrameParser never throws anything but frame_invalid for any bytes at all", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom("daemon", "caller"), (bytes, sender) => {
      try {
        new FrameParser(sender).push(bytes);
      } catch (error) {
        assert.ok(invalid(error));
      }
    }),
  );
});

Deno.test("FrameParser refuses a data frame that is empty or too large before its payload", () => {
  for (const length of [0, MAX_DATA_BYTES + 1]) {
    const header = new Uint8Array(HEADER_BYTES);
    header[0] = FRAME.stdin;
    new DataView(header.buffer).setUint32(1, length);
    assert.throws(() => new FrameParser("caller").push(header), invalid);
  }
});

Deno.test("FrameParser knows when a stream broke off inside a frame", () => {
  const parser = new FrameParser("caller");
  parser.push(encodeFrame(FRAME.stdin, new Uint8Array(10)).subarray(0, 8));
  assert.equal(parser.atBoundary, false);
});

Deno.test("a type below 0x80 is the daemon's, and neither side takes its own back", () => {
  for (const type of Object.values(FRAME)) {
    const sender = type < 0x80 ? "caller" : "daemon";
    const frame = Uint8Array.of(type, 0, 0, 0, 0);
    assert.throws(() => new FrameParser(sender).push(frame), invalid);
  }
});

Deno.test("no frame type is the first byte of a JSON line", () => {
  assert.ok(!Object.values(FRAME).some((type) => type === "{".charCodeAt(0)));
});

Deno.test("encodeData cuts any number of bytes into frames that hold them", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 200_000 }), (length) => {
    const parser = new FrameParser("caller");
    const frames = [...encodeData(FRAME.stdin, new Uint8Array(length))].flatMap((frame) =>
      parser.push(frame)
    );
    assert.equal(frames.reduce((sum, { payload }) => sum + payload.byteLength, 0), length);
  }));
});

Deno.test("encodeFrame refuses to make what the other side would refuse", () => {
  assert.throws(() => encodeFrame(FRAME.stdout), /cannot have 0 bytes/);
  assert.throws(() => encodeFrame(FRAME.resize, new Uint8Array(3)), /cannot have 3 bytes/);
});
