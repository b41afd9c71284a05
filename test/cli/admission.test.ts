// Who may send to us: the policy of prompts and flags.

import { describe, expect, test } from 'vitest'
import { Admission } from '../../src/cli/admission.ts'
import { Screen } from './screen.ts'

const peerId = 'xmcfrpxokut7cvbporuxszl7fsanoy662uwacly5wkn5nem4iaca'
const stranger = {
  peerId,
  fingerprint: 'xmcf-rpxo-kut7-cvbp',
  host: '192.168.1.9',
  wants: { kind: 'send', name: 'big\u001b[2J.iso', sizeBytes: 4_200_000_000 },
} as const

function admission(given: { acceptsAll?: boolean; allowed?: string[]; answer?: string }) {
  const screen = new Screen({}, given.answer !== undefined)
  const questions: string[] = []
  const trusted: string[] = []
  const { answer } = given
  const ask = async (question: string): Promise<string> => {
    questions.push(question)
    return answer ?? ''
  }
  const { accept } = new Admission({
    acceptsAll: given.acceptsAll ?? false,
    allowed: given.allowed ?? [],
    terminal: screen.terminal,
    ask: answer === undefined ? undefined : ask,
    trust: async id => trusted.push(id),
  })
  return { accept, screen, questions, trusted }
}

describe('without a terminal', () => {
  test('a stranger is refused, and the exact way to accept it is told', async () => {
    const { accept, screen } = admission({})
    expect(await accept(stranger)).toBe(false)
    expect(screen.stderr).toContain(`pfs recv --allow ${peerId}`)
    expect(screen.stderr).toContain('xmcf-rpxo-kut7-cvbp')
  })
  test('--yes accepts anybody', async () => {
    expect(await admission({ acceptsAll: true }).accept(stranger)).toBe(true)
  })
  const spellings = [
    peerId,
    peerId.toUpperCase(),
    'xmcf-rpxo-kut7-cvbp',
    'xmcfrpxokut7cvbp',
    peerId.slice(0, 17),
  ]
  for (const spelling of spellings) {
    test(`--allow ${spelling} accepts that peer and nobody else`, async () => {
      const { accept } = admission({ allowed: ['a'.repeat(16), spelling] })
      expect(await accept(stranger)).toBe(true)
      expect(await accept({ ...stranger, peerId: `b${peerId.slice(1)}` })).toBe(false)
    })
  }
  for (const spelling of [
    'xmcfrpxokut7cvb',
    '',
    `${peerId}a`,
    'xmcf-rpxo-kut7-cvb1',
    '192.168.1.9',
    'laptop',
  ]) {
    test(`--allow "${spelling}" is a slip, not a rule that never holds`, () => {
      expect(() => admission({ allowed: [spelling] })).toThrow(expect.objectContaining({ code: 'PFS_USAGE' }))
    })
  }
})

describe('on a terminal', () => {
  test('the question shows fingerprint, host, name and size, escaped', async () => {
    const { accept, screen, questions } = admission({ answer: 'n' })
    await accept(stranger)
    expect(questions).toHaveLength(1)
    expect(screen.stderr).toContain(
      '192.168.1.9 (xmcf-rpxo-kut7-cvbp) wants to send big\\u{1b}[2J.iso, 4.20 GB.',
    )
  })
  const answers: readonly (readonly [string, boolean, boolean])[] = [
    ['y', true, false],
    [' YES ', true, false],
    ['a', true, true],
    ['always', true, true],
    ['n', false, false],
    ['', false, false],
    ['yep', false, false],
  ]
  for (const [answer, isWelcome, isTrusted] of answers) {
    test(`"${answer}" is ${isWelcome ? 'a yes' : 'a no'}${isTrusted ? ' for good' : ''}`, async () => {
      const { accept, trusted } = admission({ answer })
      expect(await accept(stranger)).toBe(isWelcome)
      expect(trusted).toEqual(isTrusted ? [peerId] : [])
    })
  }
  test('whom a flag lets in is not asked about', async () => {
    const { accept, questions } = admission({ answer: 'n', allowed: ['xmcf-rpxo-kut7-cvbp'] })
    expect(await accept(stranger)).toBe(true)
    expect(questions).toEqual([])
  })
  test('two strangers are two questions, one after the other', async () => {
    const screen = new Screen({}, true)
    const open: ((answer: string) => void)[] = []
    const { accept } = new Admission({
      acceptsAll: false,
      allowed: [],
      terminal: screen.terminal,
      ask: () => new Promise(resolve => open.push(resolve)),
      trust: async () => {},
    })
    const first = accept(stranger)
    const second = accept({ ...stranger, wants: { kind: 'sync' } })
    await Promise.resolve()
    await Promise.resolve()
    expect(open).toHaveLength(1)
    open[0]?.('y')
    expect(await first).toBe(true)
    while (open.length < 2) await Promise.resolve()
    open[1]?.('n')
    expect(await second).toBe(false)
  })
})
