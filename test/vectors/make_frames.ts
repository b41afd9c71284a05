// Vectors of single frames: bytes written by hand from PROTOCOL.md §7, so that they judge the encoder too.

interface FrameVector {
  readonly name: string
  readonly why: string
  readonly bytes: string
  readonly expect: 'ok' | 'FRAME_ERROR'
  readonly frame?: object
  /** false: decodes, but nobody should send it so. */
  readonly canonical?: false
}

const ok = (name: string, why: string, bytes: string, frame: object): FrameVector => ({
  name,
  why,
  bytes,
  expect: 'ok',
  frame,
})
const bad = (name: string, why: string, bytes: string): FrameVector => ({
  name,
  why,
  bytes,
  expect: 'FRAME_ERROR',
})
const odd = (name: string, why: string, bytes: string, frame: object): FrameVector => ({
  ...ok(name, why, bytes, frame),
  canonical: false,
})

// 65 pairs of one number each below a gap of one: 65 × { 00, 00 }
const pairs = (count: number) => '0000'.repeat(count)
const everySecond = (largest: number, count: number) =>
  Array.from({ length: count + 1 }, (_, i) => [largest - 2 * i, largest - 2 * i + 1]).flat()

export function make(): unknown {
  return [
    ok('padding/one', '§7.1: a single zero byte', '00', { type: 0, length: 1 }),
    ok('padding/run', '§7.1: a run is one value', '0000000000', { type: 0, length: 5 }),
    ok('ping', '§7.2: the type is all of it', '01', { type: 1 }),

    ok('ack/one', '§7.3: one number, 1 ms late', '020743e80000', {
      type: 2,
      largest: 7,
      delayMicros: 1000,
      ranges: [7, 8],
    }),
    ok('ack/from-zero', '§7.3: everything from number 0', '0209000009', {
      type: 2,
      largest: 9,
      delayMicros: 0,
      ranges: [0, 10],
    }),
    ok('ack/two-ranges', '§7.3: 8..9, not 5..7, then 2..4', '02090001010202', {
      type: 2,
      largest: 9,
      delayMicros: 0,
      ranges: [8, 10, 2, 5],
    }),
    ok('ack/64-pairs', '§7.3-1: as many as may be', `0240c800404000${pairs(64)}`, {
      type: 2,
      largest: 200,
      delayMicros: 0,
      ranges: everySecond(200, 64),
    }),
    bad('ack/65-pairs', '§7.3-1: one too many', `0240c800404100${pairs(65)}`),
    bad('ack/first-range-below-zero', '§7.3-1: 5 numbers below number 4', '0204000005'),
    bad('ack/gap-below-zero', '§7.3-1: a gap that ends at -1', '02040001000400'),
    bad('ack/length-below-zero', '§7.3-1: the second range begins at -1', '02040001000103'),
    bad('ack/truncated', '§7-1: a pair is missing', '02090002010202'),
    bad('ack/huge-count', '§7.3-1: a count of 2^53 - 1 costs nothing', '020900c01fffffffffffff00'),

    ok(
      'ack-ecn/counts',
      '§7.11: 8..9, not 5..7, then 2..4; 300 with ECT(0), none with ECT(1), 5 with CE',
      '0a090001010202412c0005',
      {
        type: 10,
        largest: 9,
        delayMicros: 0,
        ranges: [8, 10, 2, 5],
        ect0: 300,
        ect1: 0,
        ce: 5,
      },
    ),
    bad(
      'ack-ecn/without-counts',
      '§7-1: an ACK that promises counts and has two of them',
      '0a0900000900412c',
    ),
    bad('ack-ecn/first-range-below-zero', '§7.3-1: the rules of ACK hold', '0a04000005000000'),

    ok('stream/hello', '§7.4: the usual case', '030043e8000568656c6c6f', {
      type: 3,
      stream: 0,
      offset: 1000,
      fin: false,
      bytes: '68656c6c6f',
    }),
    ok('stream/fin-only', '§7.4: an end without bytes', '03020a0100', {
      type: 3,
      stream: 2,
      offset: 10,
      fin: true,
      bytes: '',
    }),
    bad('stream/fin-two', '§7.4-1: Fin is 0 or 1', '030000020161'),
    bad('stream/literal', '§7.4-1: odd streams travel in DATA', '030100000161'),
    bad('stream/truncated', '§7-1: 2 bytes of 3', '03000000036162'),

    ok('window/two-byte-limit', '§7.5: a limit of 15293', '047bbd', { type: 4, limit: 15293 }),
    ok('window/greatest', '§2-1: 2^53 - 1', '04c01fffffffffffff', {
      type: 4,
      limit: Number.MAX_SAFE_INTEGER,
    }),
    odd('window/long-varint', '§2: a varint may be longer than it need be', '048000000a', {
      type: 4,
      limit: 10,
    }),
    bad('window/past-greatest', '§2-1: 2^53', '04c020000000000000'),
    bad('window/truncated', '§7-1: a varint that promises two bytes and brings one', '047b'),

    ok('stream_window', '§7.6: stream 3 up to 64 KiB', '050380010000', { type: 5, stream: 3, limit: 65536 }),
    bad('stream_window/truncated', '§7-1: no limit', '0503'),

    ok('fin', '§7.7: literal stream 1 ends at 5', '060105', { type: 6, stream: 1, length: 5 }),
    bad('fin/truncated', '§7-1: no length', '0601'),

    ok('reset', '§7.8: given up with CANCELLED', '07012a4400', {
      type: 7,
      stream: 1,
      code: 42,
      length: 1024,
    }),
    bad('reset/truncated', '§7-1: no length', '07012a'),

    ok('stop', '§7.9: the receiver has no room', '080124', { type: 8, stream: 1, code: 36 }),
    bad('stop/truncated', '§7-1: no code', '0801'),

    ok('close/done', '§7.10: nothing to complain about', '09000000', {
      type: 9,
      code: 0,
      frameType: 0,
      reason: '',
    }),
    ok('close/reason', '§7.10: an ACK of what was never sent', '0907020361636b', {
      type: 9,
      code: 7,
      frameType: 2,
      reason: '61636b',
    }),
    ok('close/256', '§7.10-1: as long as may be', `0901004100${'61'.repeat(256)}`, {
      type: 9,
      code: 1,
      frameType: 0,
      reason: '61'.repeat(256),
    }),
    bad('close/257', '§7.10-1: one too long', `0901004101${'61'.repeat(257)}`),

    ok('path_challenge', '§7.12: eight bytes of chance', '0b0123456789abcdef', {
      type: 11,
      data: '0123456789abcdef',
    }),
    bad('path_challenge/truncated', '§7-1: seven bytes of eight', '0b0123456789abcd'),

    ok('path_response', '§7.13: the same, back', '0c0123456789abcdef', {
      type: 12,
      data: '0123456789abcdef',
    }),
    bad('path_response/truncated', '§7-1: no data', '0c'),

    ok('path_ack', '§7.14: of path 2, then as ACK', '0d02090001010202', {
      type: 13,
      path: 2,
      largest: 9,
      delayMicros: 0,
      ranges: [8, 10, 2, 5],
    }),
    bad('path_ack/path-0', '§7.14-1: path 0 has ACK', '0d0007000000'),
    bad('path_ack/path-4', '§7.14-1: there are four paths', '0d0407000000'),
    bad('path_ack/below-zero', '§7.3-1: 5 numbers below number 4', '0d0104000005'),

    bad('none', '§7-2: a packet with no frame', ''),
    bad('unknown/0e', '§7-1: the first type that is none', '0e'),
    bad('unknown/ff', '§7-1: the last', 'ff'),
    bad('unknown/after-ping', '§7-1: good frames before do not help', '010e'),
  ]
}
