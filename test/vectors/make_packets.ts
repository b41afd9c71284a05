// Vectors of datagrams (the clear part, the opened part of DATA) and of handshake payloads: bytes written by hand
// from PROTOCOL.md §4 and §5. `drop` means the datagram is dropped and counted.

const id = '0102030405060708'
const other = '1112131415161718'
const sealed = (bytes: number) => 'aa'.repeat(bytes)

type Json = Record<string, unknown>

const ok = (name: string, why: string, bytes: string, packet: Json): Json => ({
  name,
  why,
  bytes,
  expect: 'ok',
  packet,
})
const drop = (name: string, why: string, bytes: string): Json => ({ name, why, bytes, expect: 'drop' })

function handshakePackets(): Json[] {
  const init = (pattern: string, suites: string) => `0100000001${id}${pattern}${suites}bbbb`
  const parsed = { kind: 'init', source: id, pattern: 'IK', suites: '0102', noise: 'bbbb' }
  const long = `0100000001${id}000101`
  return [
    ok('init/ik', '§4: a known peer, two suites', init('00', '020102'), parsed),
    ok('init/1200', '§4-9: as large as may be', long + sealed(1200 - 16), {
      ...parsed,
      suites: '01',
      noise: sealed(1200 - 16),
    }),
    drop('init/1201', '§4-9: one byte more', long + sealed(1201 - 16)),
    ok('init/xxpsk3', '§4: by ticket', init('03', '0101'), { ...parsed, pattern: 'XXpsk3', suites: '01' }),
    drop('init/xxfallback', '§4: a fallback is an answer', init('04', '0101')),
    drop('init/pattern', '§4: no such pattern', init('05', '0101')),
    drop('init/no-suite', '§5-11: nothing to choose from', init('00', '00')),
    drop('init/short', '§4-2: suites that run past the end', `0100000001${id}00050102`),
    ok('init/foreign', '§4-5: another version, whatever follows', `0100000002${id}ffffff`, {
      kind: 'foreign',
      version: 2,
      source: id,
    }),
    drop('init/foreign-short', '§4-2: no whole Source Id', '010000000201020304050607'),
    ok('reply', '§4: to our id, from theirs', `0200000001${id}${other}00bbbb`, {
      kind: 'reply',
      destination: id,
      source: other,
      pattern: 'IK',
      noise: 'bbbb',
    }),
    ok('reply/fallback', '§5-2: it could not open our IK', `0200000001${id}${other}04bbbb`, {
      kind: 'reply',
      destination: id,
      source: other,
      pattern: 'XXfallback',
      noise: 'bbbb',
    }),
    drop('reply/version', '§4-2: not of ours', `0200000002${id}${other}00bbbb`),
    drop('reply/short', '§4-2: no pattern', `0200000001${id}${other}`),
    ok('finish', '§4: the third message of XX', `0300000001${id}cc`, {
      kind: 'finish',
      destination: id,
      noise: 'cc',
    }),
    drop('finish/short', '§4-2: half an id', '030000000101020304'),
    ok('version', '§4-5: what the responder speaks', `04${id}020000000100000007`, {
      kind: 'version',
      destination: id,
      versions: [1, 7],
    }),
    drop('version/none', '§4-2: it speaks nothing', `04${id}00`),
    drop('version/short', '§4-2: one of two', `04${id}0200000001`),
    drop('version/long', '§4-2: bytes after the last', `04${id}010000000100`),
    ...cookiePackets(init, parsed, long),
  ]
}

function cookiePackets(
  init: (pattern: string, suites: string) => string,
  parsed: Json,
  long: string,
): Json[] {
  const cookie = 'c0'.repeat(16)
  const longest = long + sealed(1183 - 16)
  return [
    ok('cookie', '§5-16: come again with this', `05${id}${cookie}`, {
      kind: 'cookie',
      destination: id,
      cookie,
    }),
    drop('cookie/short', '§4-2: 15 bytes', `05${id}${'c0'.repeat(15)}`),
    drop('cookie/long', '§4-2: 17 bytes', `05${id}${'c0'.repeat(17)}`),
    ok('cookied', '§5-19: the same INIT behind the cookie', `06${cookie}${init('00', '020102')}`, {
      kind: 'cookied',
      cookie,
      init: parsed,
      initBytes: init('00', '020102'),
    }),
    ok('cookied/1200', '§4-11: as large as may be', `06${cookie}${longest}`, {
      kind: 'cookied',
      cookie,
      init: { ...parsed, suites: '01', noise: sealed(1183 - 16) },
      initBytes: longest,
    }),
    drop('cookied/1201', '§4-11: one byte more', `06${cookie}${longest}aa`),
    drop('cookied/foreign', '§4-11: of another version', `06${cookie}0100000002${id}00020102bbbb`),
    drop('cookied/twice', '§4-11: a cookie before a cookie', `06${cookie}06${cookie}${init('00', '020102')}`),
    drop('cookied/reply', '§4-11: what is no INIT', `06${cookie}0200000001${id}${other}00bbbb`),
    drop('cookied/empty', '§4-11: nothing behind the cookie', `06${cookie}`),
    drop('cookied/no-suite', '§5-11: as in an INIT', `06${cookie}${init('00', '00')}`),
  ]
}

function sealedPackets(): Json[] {
  const clear = (type: string, path = '00') => `${type}${id}${path}fffffffe`
  const parsed = { kind: 'frames', phase: 0, destination: id, path: 0, numberLow: 0xfffffffe }
  return [
    ok('frames', '§4: header and tag', clear('40') + sealed(17), { ...parsed, sealed: sealed(17) }),
    ok('frames/phase', '§4: the low bit is the phase', clear('41') + sealed(16), {
      ...parsed,
      phase: 1,
      sealed: sealed(16),
    }),
    drop('frames/short', '§4-2: less than a tag', clear('40') + sealed(15)),
    ok('frames/path-3', '§4.3-1: the last of four', clear('40', '03') + sealed(16), {
      ...parsed,
      path: 3,
      sealed: sealed(16),
    }),
    drop('frames/path', '§4-3: there are four paths', clear('40', '04') + sealed(17)),
    ok('data', '§4: prefix, one byte, tag', clear('42') + sealed(25), {
      ...parsed,
      kind: 'data',
      sealed: sealed(25),
    }),
    ok('data/phase', '§4: the low bit is the phase', clear('43') + sealed(25), {
      ...parsed,
      kind: 'data',
      phase: 1,
      sealed: sealed(25),
    }),
    drop('data/short', '§4-2: less than prefix and tag', clear('42') + sealed(23)),
    ok('size/9216', '§4-4: the largest datagram', clear('40') + sealed(9216 - 14), {
      ...parsed,
      sealed: sealed(9216 - 14),
    }),
    drop('size/9217', '§4-4: one byte more', clear('40') + sealed(9217 - 14)),
    drop('type/00', '§4-2: no such type', `00${id}${sealed(30)}`),
    drop('type/07', '§4-2: no such type', `07${id}${sealed(30)}`),
    drop('type/44', '§4-2: no such type', clear('44') + sealed(30)),
    drop('empty', '§4-2: nothing at all', ''),
  ]
}

function openedData(): Json[] {
  const opened = (name: string, why: string, bytes: string, range?: Json): Json =>
    range ? { name, why, opened: bytes, expect: 'ok', range } : { name, why, opened: bytes, expect: 'drop' }
  return [
    opened('range/one', '§4: stream 3, from 65536', '000300000001000061', {
      stream: 3,
      offset: 65536,
      bytes: '61',
    }),
    opened('range/to-the-end', '§4-7: ends at 2^48', '0001ffffffffffff61', {
      stream: 1,
      offset: 2 ** 48 - 1,
      bytes: '61',
    }),
    opened('range/past-the-end', '§4-7: ends at 2^48 + 1', '0001ffffffffffff6161'),
    opened('range/empty', '§4-7: at least one byte', '0001000000000000'),
    opened('range/short', '§4-7: no whole offset', '000100000000'),
  ]
}

function payloads(): Json[] {
  const parameters = {
    datagramBytesMax: 1200,
    idleTimeoutMillis: 30_000,
    connectionWindowBytes: 2 ** 20,
    streamWindowBytes: 2 ** 18,
    streamsMax: 16,
    ecn: 0,
    pathsMax: 1,
  }
  const good = (name: string, why: string, payload: string, said: Json, rest: Json = {}): Json => ({
    name,
    why,
    payload,
    expect: 'ok',
    parameters: { ...parameters, ...said },
    frames: '',
    ...rest,
  })
  const wrong = (name: string, why: string, payload: string, rest: Json = {}): Json => ({
    name,
    why,
    payload,
    expect: 'PARAMETER_ERROR',
    ...rest,
  })
  return [
    good('params/none', '§5: all at their defaults', '00', {}),
    good('params/two', '§5: 1472 bytes, 20 s', '02010245c0020480004e20', {
      datagramBytesMax: 1472,
      idleTimeoutMillis: 20_000,
    }),
    good('params/frames', '§5: frames follow', '0001', {}, { frames: '01' }),
    good('params/unknown', '§5-11: ignored', '01110411223344', {}, { canonical: false }),
    good('params/9216', '§5: as large as may be', '0101026400', { datagramBytesMax: 9216 }),
    wrong('params/9217', '§5-11: one more', '0101026401'),
    good('params/1200', '§5: as small as may be', '01010244b0', {}, { canonical: false }),
    wrong('params/1199', '§5-11: one less', '01010244af'),
    good('params/streams-1', '§5: one stream', '01050101', { streamsMax: 1 }),
    wrong('params/streams-0', '§5-11: none', '01050100'),
    good('params/streams-256', '§5: many', '0105024100', { streamsMax: 256 }),
    wrong('params/streams-257', '§5-11: one more', '0105024101'),
    good('params/ecn', '§5: marks are seen and set', '01080101', { ecn: 1 }),
    wrong('params/ecn-2', '§5-11: neither yes nor no', '01080102'),
    good('params/paths-1', '§4.3-1: as without it', '01090101', {}, { canonical: false }),
    wrong('params/paths-0', '§5-11: none', '01090100'),
    good('params/paths-4', '§4.3-1: as many as there may be', '01090104', { pathsMax: 4 }),
    wrong('params/paths-5', '§5-11: one more', '01090105'),
    good('params/window-0', '§5: closed at first', '01030100', { connectionWindowBytes: 0 }),
    good('params/window-2^30', '§5: wide', '010408c000000040000000', { streamWindowBytes: 2 ** 30 }),
    wrong('params/window-past', '§5-11: one more', '010408c000000040000001'),
    good('params/idle-1s', '§5: short', '01020243e8', { idleTimeoutMillis: 1000 }),
    wrong('params/idle-999', '§5-11: too short', '01020243e7'),
    good('params/idle-600s', '§5: long', '010204800927c0', { idleTimeoutMillis: 600_000 }),
    wrong('params/idle-past', '§5-11: too long', '010204800927c1'),
    wrong('params/twice', '§5-11: streams max, two times', '02050101050101'),
    wrong('params/too-long-value', '§5-11: a byte is left over', '0105020101'),
    wrong('params/too-short-value', '§5-11: a varint cut short', '01050141'),
    wrong('params/truncated', '§5-11: the second is missing', '02050101'),
    wrong('params/huge-count', '§5-11: 2^53 - 1 parameters', 'c01fffffffffffff'),
    good('params/suite', '§5: one of the offered', '01060102', {}, { offered: '0102', suite: 2 }),
    wrong('params/suite-not-offered', '§5-11: another', '01060103', { offered: '0102' }),
    wrong('params/no-suite', '§5-11: a REPLY must choose', '00', { offered: '0102' }),
    wrong('params/suite-in-init', '§5-11: only a REPLY chooses', '01060102'),
  ]
}

export function make(): unknown {
  return [...handshakePackets(), ...sealedPackets(), ...openedData(), ...payloads()]
}
