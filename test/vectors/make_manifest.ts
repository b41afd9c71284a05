// Vectors of §13.6: manifests written out by hand, those that decode and one for each rule a manifest can break.

type Json = Record<string, unknown>

const u8 = (n: number): string => n.toString(16).padStart(2, '0')
const u16 = (n: number): string => n.toString(16).padStart(4, '0')
const u32 = (n: number): string => n.toString(16).padStart(8, '0')
const u64 = (n: number | bigint): string => BigInt.asUintN(64, BigInt(n)).toString(16).padStart(16, '0')
const varint = (n: number): string =>
  n < 64
    ? u8(n)
    : n < 0x4000
      ? u16(0x4000 + n)
      : n < 2 ** 30
        ? u32(0x80000000 + n)
        : u64(0xc000000000000000n + BigInt(n))
const hex = (text: string): string => Array.from(new TextEncoder().encode(text), u8).join('')

const head = '7066736d01'
interface Shape {
  readonly flags?: number
  readonly depth?: number
  /** Hex. */
  readonly name?: string
  readonly mode?: number
  readonly seconds?: number | bigint
  readonly nanos?: number
  readonly owner?: string
  readonly rest?: string
}
function entry(kind: number, shape: Shape): string {
  const {
    flags = 0,
    depth = 0,
    name = hex('a'),
    mode = 0o644,
    seconds = 0,
    nanos = 0,
    owner = '',
    rest = '',
  } = shape
  const named = varint(depth) + varint(name.length / 2) + name
  return u8(kind * 16 + flags) + named + u16(mode) + u64(seconds) + u32(nanos) + owner + rest
}
const directory = (shape: Shape = {}): string => entry(1, { mode: 0o755, ...shape })
const file = (shape: Shape = {}, size: number | bigint = 0): string =>
  entry(2, { ...shape, rest: u64(size) + (shape.rest ?? '') })
const link = (text: string, shape: Shape = {}): string =>
  entry(3, { mode: 0o777, ...shape, rest: varint(text.length / 2) + text })
const further = (first: number, shape: Shape = {}): string => entry(4, { ...shape, rest: varint(first) })

const ok = (name: string, why: string, body: string, entries: Json[]): Json => ({
  name,
  why,
  bytes: head + body,
  expect: 'ok',
  entries: entries.map(one => ({ depth: 0, name: hex('a'), mode: 0o644, seconds: 0, nanos: 0, ...one })),
})
const bad = (name: string, why: string, expect: string, body: string, start = head): Json => ({
  name,
  why,
  bytes: start + body,
  expect,
})
const b = hex('b')

export function make(): unknown {
  const deep = (levels: number, last: number): string =>
    Array.from({ length: levels }, (_, depth) => directory({ depth, name: hex('n'.repeat(255)) })).join('') +
    file({ depth: levels, name: hex('f'.repeat(last)) })
  return [
    ok(
      'a directory and an empty file in it',
      '§13.6: the example',
      directory({ name: hex('d') }) + file({ depth: 1, name: hex('f') }),
      [
        { kind: 'directory', name: hex('d'), mode: 0o755 },
        { kind: 'file', name: hex('f'), depth: 1, sizeBytes: 0 },
      ],
    ),
    ok('a file of 2^43 bytes', '§13.6-1: the greatest image', file({}, 2 ** 43), [
      { kind: 'file', sizeBytes: 2 ** 43 },
    ]),
    bad(
      'two files of 2^43 bytes and one',
      '§13.6-1: one byte more',
      'too_large',
      file({}, 2 ** 43) + file({ name: b }, 1),
    ),
    ok(
      'a time before 1970',
      "§13.6: seconds in two's complement",
      file({ seconds: -1, nanos: 999_999_999 }),
      [{ kind: 'file', seconds: -1, nanos: 999_999_999, sizeBytes: 0 }],
    ),
    bad('a billion nanoseconds', '§13.6-1: that is a second', 'bad_time', file({ nanos: 1_000_000_000 })),
    bad('seconds that no date has', '§13.6-1', 'bad_time', file({ seconds: 8_640_000_000_001 })),
    bad('a mode with a file type', '§13.6: the low 12 bits', 'bad_mode', file({ mode: 0o100644 })),
    ok('an owner', '§13.6: flag 0x1', file({ flags: 1, owner: u32(1000) + u32(100) }), [
      { kind: 'file', sizeBytes: 0, user: 1000, group: 100 },
    ]),
    ok(
      'holes',
      '§13.6: flag 0x2; 4 of data, 8 of hole, 2 of data, a hole to the end',
      file({ flags: 2, rest: varint(2) + varint(4) + varint(8) + varint(2) + varint(6) }, 20),
      [
        {
          kind: 'file',
          sizeBytes: 20,
          holes: [
            [4, 12],
            [14, 20],
          ],
        },
      ],
    ),
    ok(
      'no holes, and somebody has looked',
      '§13.6: flag 0x2 and none',
      file({ flags: 2, rest: varint(0) }, 20),
      [{ kind: 'file', sizeBytes: 20, holes: [] }],
    ),
    bad(
      'a hole past the end',
      '§13.6-1',
      'bad_holes',
      file({ flags: 2, rest: varint(1) + varint(4) + varint(17) }, 20),
    ),
    bad(
      'an empty hole',
      '§13.6-1',
      'bad_holes',
      file({ flags: 2, rest: varint(1) + varint(4) + varint(0) }, 20),
    ),
    bad(
      'two holes that touch',
      '§13.6-1: they are one',
      'bad_holes',
      file({ flags: 2, rest: varint(2) + varint(4) + varint(4) + varint(0) + varint(4) }, 20),
    ),
    bad(
      'the most holes in no bytes',
      '§13.6-2: nothing is set aside for a number',
      'truncated',
      file({ flags: 2, rest: varint(2 ** 12) }, 20),
    ),
    bad(
      'more holes than one file may have',
      '§13.6-1',
      'bad_holes',
      file({ flags: 2, rest: varint(2 ** 12 + 1) }, 20),
    ),
    bad('holes of a directory', '§13.6-1', 'bad_flags', directory({ flags: 2, rest: varint(0) })),
    bad('a flag nobody knows', '§13.6-1', 'bad_flags', file({ flags: 4 })),
    bad('kind 0', '§13.6-1', 'bad_kind', entry(0, {})),
    bad('kind 5', '§13.6-1', 'bad_kind', entry(5, {})),
    ok('a link', '§13.6: its text is bytes', link('ff2f62'), [{ kind: 'link', mode: 0o777, text: 'ff2f62' }]),
    bad('a link that says nothing', '§13.6-1', 'bad_text', link('')),
    bad('a link with a zero byte', '§13.6-1', 'bad_text', link('610062')),
    ok('the longest link', '§13.6-1', link('61'.repeat(4095)), [
      { kind: 'link', mode: 0o777, text: '61'.repeat(4095) },
    ]),
    bad('a link of a byte more', '§13.6-1', 'bad_text', link('61'.repeat(4096))),
    ok('a further name', '§13.6: kind 4', file({}, 7) + further(0, { name: b }), [
      { kind: 'file', sizeBytes: 7 },
      { kind: 'name', name: b, first: 0 },
    ]),
    bad('a further name of itself', '§13.6-1: before it', 'bad_first', further(0)),
    bad('a further name of a later file', '§13.6-1: before it', 'bad_first', further(1) + file({ name: b })),
    bad(
      'a further name of a directory',
      '§13.6-1: of a file',
      'bad_first',
      directory() + further(0, { name: b }),
    ),
    bad(
      'a further name of a further name',
      '§13.6-1: of a file',
      'bad_first',
      file() + further(0, { name: b }) + further(1, { name: hex('c') }),
    ),
    ok('a name of 255 bytes that is no UTF-8', '§13.6: names are bytes', file({ name: 'ff'.repeat(255) }), [
      { kind: 'file', name: 'ff'.repeat(255), sizeBytes: 0 },
    ]),
    bad('a name of 256 bytes', '§13.6-1', 'bad_name', file({ name: 'ff'.repeat(256) })),
    bad('no name', '§13.6-1', 'bad_name', file({ name: '' })),
    bad('a dot', '§13.6-1: the directory itself', 'bad_name', file({ name: hex('.') })),
    bad('two dots', '§13.6-1: the way out', 'bad_name', directory({ name: hex('..') })),
    ok('three dots', '§13.6-1: a name like any other', file({ name: hex('...') }), [
      { kind: 'file', name: hex('...'), sizeBytes: 0 },
    ]),
    bad('a slash', '§13.6-1: a path', 'bad_name', file({ name: hex('a/b') })),
    bad('a zero byte', '§13.6-1: a second end', 'bad_name', file({ name: '610062' })),
    bad('one name twice', '§13.6-1: which?', 'not_ascending', file() + file()),
    bad('names that descend', '§13.6-1: one order', 'not_ascending', file({ name: b }) + file()),
    ok('a name and a longer one', '§13.6: the shorter first', file() + file({ name: hex('a ') }), [
      { kind: 'file', sizeBytes: 0 },
      { kind: 'file', name: hex('a '), sizeBytes: 0 },
    ]),
    ok('bytes, not letters', '§13.6: ff comes after 7f', file({ name: '7f' }) + file({ name: 'ff' }), [
      { kind: 'file', name: '7f', sizeBytes: 0 },
      { kind: 'file', name: 'ff', sizeBytes: 0 },
    ]),
    ok(
      'a name used again one deeper',
      '§13.6: each directory has its own names',
      directory() + file({ depth: 1 }) + file({ name: b }),
      [
        { kind: 'directory', mode: 0o755 },
        { kind: 'file', depth: 1, sizeBytes: 0 },
        { kind: 'file', name: b, sizeBytes: 0 },
      ],
    ),
    bad('one deeper than a file', '§13.6-1: files hold nothing', 'bad_depth', file() + file({ depth: 1 })),
    bad('two deeper than a directory', '§13.6-1', 'bad_depth', directory() + file({ depth: 2 })),
    bad('deep from the start', '§13.6-1', 'bad_depth', file({ depth: 1 })),
    bad(
      'back into a directory that is over',
      '§13.6-1: its entries follow it at once',
      'bad_depth',
      directory() + file({ name: b }) + file({ depth: 1 }),
    ),
    {
      ...ok('a path of 4,095 bytes', '§13.6-1: 15 directories of 255, and 255', deep(15, 255), []),
      entries: undefined,
    },
    bad('a path of 4,096 bytes', '§13.6-1', 'path_too_long', deep(15, 255).slice(0, 0) + deep(16, 1)),
    bad('nothing', '§13.6-1: one entry at least', 'empty', ''),
    bad('another magic', '§13.6-1', 'bad_magic', file(), '7066736e01'),
    bad('another version', '§13.6-1', 'bad_version', file(), '7066736d02'),
    bad('four bytes', '§13.6-1', 'truncated', '', '7066736d'),
    bad('an entry cut short', '§13.6-1', 'truncated', file().slice(0, -2)),
    bad(
      'bytes behind the last entry',
      '§13.6-1: they are an entry that is cut short',
      'truncated',
      `${file()}20`,
    ),
  ]
}
