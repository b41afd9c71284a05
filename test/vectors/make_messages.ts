// Vectors of control messages (PROTOCOL.md §15): one good one of each type and one for each rule a body can break.
// Bodies are MessagePack written out by hand, with no packer's help.

type Json = Record<string, unknown>

const int = (value: number): string => {
  const hex = (digits: number, n: number | bigint) => n.toString(16).padStart(digits, '0')
  if (value < 0) return `d3${hex(16, BigInt.asUintN(64, BigInt(value)))}`
  if (value < 0x80) return hex(2, value)
  if (value < 0x100) return `cc${hex(2, value)}`
  if (value < 0x10000) return `cd${hex(4, value)}`
  if (value < 2 ** 32) return `ce${hex(8, value)}`
  return `d3${hex(16, BigInt(value))}`
}
const bin = (hex: string): string => {
  const length = hex.length / 2
  return length < 256 ? `c4${int(length + 256).slice(4)}${hex}` : `c5${int(length).slice(2)}${hex}`
}
const utf8 = (text: string): string => bin(Array.from(new TextEncoder().encode(text), hexByte).join(''))
const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0')
const array = (...items: string[]): string =>
  (items.length < 16 ? hexByte(0x90 + items.length) : `dc${items.length.toString(16).padStart(4, '0')}`) +
  items.join('')
const map = (type: number, fields: Record<number, string>): string =>
  hexByte(0x81 + Object.keys(fields).length) +
  `00${int(type)}` +
  Object.entries(fields)
    .map(([key, value]) => hexByte(Number(key)) + value)
    .join('')

const transfer = '000102030405060708090a0b0c0d0e0f'
const blob = 'b1'.repeat(32)
const other = 'b2'.repeat(32)
const id = bin(transfer)

const ok = (name: string, why: string, body: string, message: Json): Json => ({
  name,
  why,
  body,
  expect: 'ok',
  message,
})
/** Decodes, but nobody should send it so. */
const odd = (name: string, why: string, body: string, message: Json): Json => ({
  ...ok(name, why, body, message),
  canonical: false,
})
const bad = (name: string, why: string, body: string): Json => ({ name, why, body, expect: 'MESSAGE_ERROR' })

const offerFields = {
  1: id,
  2: int(1),
  3: utf8('model.bin'),
  4: int(2 ** 32),
  5: int(1_700_000_000_123),
  6: int(0o644),
  7: bin('a0'.repeat(16)),
  8: int(1),
  9: bin(blob),
  10: array(array(bin('b2'.repeat(8)), int(1000))),
}
const offer = {
  type: 1,
  transfer,
  kind: 'file',
  name: 'model.bin',
  size: 2 ** 32,
  mtimeMillis: 1_700_000_000_123,
  mode: 0o644,
  poolId: 'a0'.repeat(16),
  chunking: 1,
  blob,
  candidates: [{ short: 'b2'.repeat(8), size: 1000 }],
}
const treeFields = {
  ...offerFields,
  2: int(3),
  11: array(bin(other), int(5000)),
  12: array(array(bin('b3'.repeat(8)), int(4000))),
}
const tree = {
  ...offer,
  kind: 'tree',
  list: { blob: other, size: 5000 },
  listCandidates: [{ short: 'b3'.repeat(8), size: 4000 }],
}
const { 9: _blob, ...withoutBlob } = offerFields
const streamFields = { ...withoutBlob, 2: int(4), 4: int(0), 10: array() }
const { blob: _named, ...nameless } = offer
const stream = { ...nameless, kind: 'stream', size: 0, candidates: [] }
const withName = (name: string): string => map(1, { ...offerFields, 3: utf8(name) })

function offers(): Json[] {
  const { 9: _, ...unnamed } = offerFields
  const { blob: __, ...noBlob } = offer
  return [
    ok('offer', '§15.2: the usual case', map(1, offerFields), offer),
    ok('offer/no-blob', '§15.2: the blob id is optional', map(1, unnamed), noBlob),
    ok('offer/before-1970', '§15.2: time goes both ways', map(1, { ...offerFields, 5: int(-(2 ** 40)) }), {
      ...offer,
      mtimeMillis: -(2 ** 40),
    }),
    ok('offer/2^43', '§15.1: the largest size', map(1, { ...offerFields, 4: int(2 ** 43) }), {
      ...offer,
      size: 2 ** 43,
    }),
    bad('offer/past-2^43', '§15.1: one more', map(1, { ...offerFields, 4: int(2 ** 43 + 1) })),
    ok('offer/255', '§15.2: the longest name', withName('é'.repeat(127).concat('n')), {
      ...offer,
      name: 'é'.repeat(127).concat('n'),
    }),
    bad('offer/256', '§15.2: one byte longer', withName('é'.repeat(128))),
    bad('offer/no-name', '§15.2-1: nothing', withName('')),
    bad('offer/dot', '§15.2-1: a directory', withName('.')),
    bad('offer/dot-dot', '§15.2-1: the way out', withName('..')),
    bad('offer/slash', '§15.2-1: a path', withName('../../etc/passwd')),
    bad('offer/zero', '§15.2-1: a name with a second end', withName('a\0b')),
    ok('offer/mark', '§15.1-6: a byte order mark is part of a name', withName('\ufeffa'), {
      ...offer,
      name: '\ufeffa',
    }),
    bad('offer/not-utf8', '§15.1-6: ff is no UTF-8', map(1, { ...offerFields, 3: bin('61ff') })),
    bad('offer/mode', '§15.2: bit 12', map(1, { ...offerFields, 6: int(0o10000) })),
    ok('offer/blob', '§15.2-4: for the pool', map(1, { ...offerFields, 2: int(2) }), {
      ...offer,
      kind: 'blob',
    }),
    bad('offer/kind', '§15.2: no such kind', map(1, { ...offerFields, 2: int(5) })),
    ok('offer/tree', '§13.6: an image, and the manifest that goes before it', map(1, treeFields), tree),
    bad('offer/tree-without-list', '§15.2: which manifest?', map(1, { ...offerFields, 2: int(3) })),
    bad('offer/file-with-list', '§15.2: only a tree has one', map(1, { ...treeFields, 2: int(1) })),
    ok('offer/stream', '§15.2-6: nobody knows how long', map(1, streamFields), stream),
    bad('offer/stream-with-size', '§15.2-6: then it is a file', map(1, { ...streamFields, 4: int(1) })),
    bad(
      'offer/stream-with-blob',
      '§15.2-6: nor what it is',
      map(1, { ...streamFields, 9: bin(blob), 10: array() }),
    ),
    ok('offer/inquiry', '§15.2-7: only asking', map(1, { ...offerFields, 13: 'c3' }), {
      ...offer,
      inquiry: true,
    }),
    ok('offer/nanos', '§15.2: the last of a millisecond', map(1, { ...offerFields, 14: int(999_999) }), {
      ...offer,
      mtimeNanos: 999_999,
    }),
    bad('offer/nanos-more', '§15.2: a millisecond', map(1, { ...offerFields, 14: int(1_000_000) })),
    ok(
      'offer/ticket',
      '§15.2-8: who brings it is expected',
      map(1, { ...offerFields, 15: bin('7e'.repeat(16)) }),
      {
        ...offer,
        ticket: '7e'.repeat(16),
      },
    ),
    bad('offer/ticket-15', '§15.2-8: half a secret', map(1, { ...offerFields, 15: bin('7e'.repeat(15)) })),
    bad('offer/17-candidates', '§15.2: 16 at most', map(1, { ...offerFields, 10: array(...seventeen()) })),
    bad('offer/short-transfer', '§15.2: 15 bytes', map(1, { ...offerFields, 1: bin(transfer.slice(2)) })),
  ]
}

function seventeen(): string[] {
  return Array.from({ length: 17 }, () => array(bin('b2'.repeat(8)), int(1)))
}

function answers(): Json[] {
  const fields = {
    1: id,
    2: int(2),
    3: array(array(int(0), int(5)), array(int(6), int(9))),
    4: array(array(int(0), int(1), bin(other), int(1000))),
    5: int(70_000),
    6: array(int(1)),
  }
  const answer = {
    type: 2,
    transfer,
    state: 'open',
    held: [
      { start: 0, end: 5 },
      { start: 6, end: 9 },
    ],
    candidates: [{ index: 0, alias: 1, blob: other, size: 1000 }],
    grant: 70_000,
    codecs: [1],
  }
  const held = (...edges: [number, number][]) =>
    map(2, { ...fields, 3: array(...edges.map(([start, end]) => array(int(start), int(end)))) })
  const candidates = (...pairs: [number, number][]) =>
    map(2, {
      ...fields,
      4: array(...pairs.map(([index, alias]) => array(int(index), int(alias), bin(other), int(1)))),
    })
  return [
    ok('answer', '§15.3: the usual case', map(2, fields), answer),
    bad('answer/touching', '§15.1-7: neighbours are one range', held([0, 5], [5, 9])),
    bad('answer/overlap', '§15.1-7: twice the same byte', held([0, 5], [4, 9])),
    bad('answer/empty-range', '§15.1-7: nothing', held([5, 5])),
    bad('answer/descending', '§15.1-7: the wrong way', held([6, 9], [0, 5])),
    bad('answer/one-alias-twice', '§15.3-2: which is meant?', candidates([0, 1], [1, 1])),
    bad('answer/one-candidate-twice', '§15.3-2: once is enough', candidates([0, 1], [0, 2])),
    bad('answer/candidate-16', '§15.3: places are 0 to 15', candidates([16, 1])),
    ok('answer/list', '§15.3-9: the manifest first', map(2, { ...fields, 2: int(4) }), {
      ...answer,
      state: 'list',
    }),
    ok(
      'answer/unwanted',
      '§15.3-10: all but entry 3, and 5 to 6 are here',
      map(2, { ...fields, 7: bin('0301'), 8: bin('0502') }),
      { ...answer, unwanted: '0301', heldFiles: '0502' },
    ),
    ok('answer/runs-24576', '§15.3: the most of them', map(2, { ...fields, 8: bin('0101'.repeat(12_288)) }), {
      ...answer,
      heldFiles: '0101'.repeat(12_288),
    }),
    bad(
      'answer/runs-24577',
      '§15.3: a byte more',
      map(2, { ...fields, 8: bin(`${'0101'.repeat(12_288)}01`) }),
    ),
    ok('answer/kept', '§15.3-12: what is there stays', map(2, { ...fields, 2: int(5) }), {
      ...answer,
      state: 'kept',
    }),
    bad('answer/state', '§15.3: no such state', map(2, { ...fields, 2: int(6) })),
    bad('answer/codec-0', '§15.3: raw goes unsaid', map(2, { ...fields, 6: array(int(0)) })),
  ]
}

function others(): Json[] {
  const node = array(int(32_768), bin('c1'.repeat(32)))
  return [
    ok('refuse', '§15.4: no room', map(3, { 1: id, 2: int(0x24), 3: utf8('full') }), {
      type: 3,
      transfer,
      code: 0x24,
      text: 'full',
    }),
    ok('end', '§15.5', map(4, { 1: id, 2: bin(blob), 3: int(9), 4: int(17), 5: int(2 ** 48) }), {
      type: 4,
      transfer,
      blob,
      size: 9,
      opBytes: 17,
      literalBytes: 2 ** 48,
    }),
    ok('miss', '§15.6', map(5, { 1: id, 2: array(array(int(3), int(7))) }), {
      type: 5,
      transfer,
      ranges: [{ start: 3, end: 7 }],
    }),
    bad('miss/nothing', '§15.6: one at least', map(5, { 1: id, 2: array() })),
    ok(
      'nodes',
      '§15.7: two chunks of leaf 4',
      map(6, { 1: id, 2: int(0), 3: int(4), 4: array(node, node) }),
      {
        type: 6,
        transfer,
        level: 0,
        index: 4,
        nodes: Array.from({ length: 2 }, () => ({ bytes: 32_768, hash: 'c1'.repeat(32) })),
      },
    ),
    bad(
      'nodes/65',
      '§15.7: a node has 64 at most',
      map(6, { 1: id, 2: int(0), 3: int(4), 4: array(...Array.from({ length: 65 }, () => node)) }),
    ),
    ok('want', '§15.7: the Top', map(7, { 1: id, 2: int(63), 3: array(int(0)) }), {
      type: 7,
      transfer,
      level: 63,
      indexes: [0],
    }),
    bad('want/twice', '§15.7: ascending', map(7, { 1: id, 2: int(1), 3: array(int(5), int(5)) })),
    bad('want/level', '§15.7: no such level', map(7, { 1: id, 2: int(64), 3: array(int(0)) })),
    ok('done', '§15.8', map(8, { 1: id, 2: bin(blob) }), { type: 8, transfer, blob }),
    ok(
      'done-failed',
      '§15.8-3: two of five were not to be had a place',
      map(8, {
        1: id,
        2: bin(blob),
        4: array(array(int(7), int(0x28)), array(int(9), int(0x25))),
        5: int(5),
      }),
      {
        type: 8,
        transfer,
        blob,
        failed: [
          { index: 7, code: 0x28 },
          { index: 9, code: 0x25 },
        ],
        failures: 5,
      },
    ),
    bad(
      'done-failed/fewer',
      '§15.8: more named than there are',
      map(8, { 1: id, 2: bin(blob), 4: array(array(int(7), int(0x28))), 5: int(0) }),
    ),
    bad('done-failed/unnamed', '§15.8: one is named at least', map(8, { 1: id, 2: bin(blob), 5: int(1) })),
    ok('done-unchanged', '§15.8: the target was there', map(8, { 1: id, 2: bin(blob), 3: 'c3' }), {
      type: 8,
      transfer,
      blob,
      unchanged: true,
    }),
    ok('hold', '§15.9', map(9, { 1: id, 2: int(3), 3: int(10), 4: int(100) }), {
      type: 9,
      transfer,
      reason: 'verifying',
      done: 10,
      total: 100,
    }),
    ok('sync_list', '§15.10', map(16, { 1: int(0), 2: 'c3', 3: array(array(bin(blob), int(1))) }), {
      type: 16,
      part: 0,
      isLast: true,
      blobs: [{ blob, size: 1 }],
    }),
    bad('sync_list/flag', '§15.10: 1 is not true', map(16, { 1: int(0), 2: int(1), 3: array() })),
    ok('sync_want', '§15.10', map(17, { 1: array(bin(blob)) }), { type: 17, blobs: [blob] }),
    ok('sync_end', '§15.10: no field', map(18, {}), { type: 18 }),
  ]
}

function bodies(): Json[] {
  const end = (value: string) => map(4, { 1: id, 2: bin(blob), 3: value, 4: int(0), 5: int(0) })
  return [
    odd('body/wide-integer', '§15.1-5: any width is read', end('cf0000000000000009'), {
      type: 4,
      transfer,
      blob,
      size: 9,
      opBytes: 0,
      literalBytes: 0,
    }),
    bad('body/2^53', '§15.1-5: it cannot be said exactly', end('cf0020000000000001')),
    bad('body/negative', '§15.1-1: below zero', end('ff')),
    bad('body/float', '§15.1-3: 9.0', end('cb4022000000000000')),
    bad('body/nil', '§15.1-3', end('c0')),
    bad('body/text', '§15.1-3: text is a byte string here', end('a139')),
    bad('body/map-inside', '§15.1-3', end('80')),
    bad('body/extension', '§15.1-3: a date', end('d6ff00000000')),
    bad('body/record', '§15.1-3: a record definition', end('d47241')),
    bad('body/never-used', '§15.1-3: c1', end('c1')),
    bad('body/array32', '§15.1-3: 2^31 elements announced', end('dd80000000')),
    bad('body/array16', '§15.1-3: 65,535 announced, none there', end('dcffff')),
    bad('body/bin32', '§15.1-3', end('c6ffffffff')),
    bad('body/map32', '§15.1-4', 'df80000000'),
    bad(
      'body/three-deep',
      '§15.1-4: an array in an array in an array',
      map(17, { 1: array(array(array())) }),
    ),
    bad('body/no-map', '§15.1-3: an array', array(int(18))),
    bad('body/trailing', '§15.1-3: a byte is left over', `${map(18, {})}00`),
    bad('body/truncated', '§15.1-3: half a message', map(8, { 1: id, 2: bin(blob) }).slice(0, -2)),
    bad('body/keys-descend', '§15.1-4', `83${'0008'}02${bin(blob)}01${id}`),
    bad('body/key-twice', '§15.1-4', `83${'0012'}01000100`),
    bad('body/missing', '§15.1-1: DONE without blob', map(8, { 1: id })),
    bad('body/unknown-field', '§15.1-1: SYNC_END with something', map(18, { 1: int(0) })),
    bad('body/unknown-type', '§15.1-1', map(99, {})),
    bad('body/no-type', '§15.1-1', '8101c4020000'),
    bad('body/type-of-bytes', '§15.1-1', `8100${bin('12')}`),
    bad('body/empty', '§15.1-2', ''),
  ]
}

export function make(): unknown {
  return [...offers(), ...answers(), ...others(), ...bodies()]
}
