// The question about what is there already: what is shown, which words are answers, and that no answer changes nothing.

import { describe, expect, test } from 'vitest'
import { conflictAsker } from '../../src/cli/conflict.ts'
import { Terminal } from '../../src/cli/terminal.ts'

const settings = {
  isQuiet: false,
  isJson: false,
  color: 'never',
  mayAsk: true,
  eventsDescriptor: undefined,
} as const

async function asked(answer: string, count = 2): Promise<{ policy: string; said: string; question: string }> {
  let said = ''
  let question = ''
  const stream = { write: (text: string) => (said += text), isTTY: true }
  const terminal = new Terminal(stream, stream, settings)
  const decide = conflictAsker(terminal, async text => {
    question = text
    return answer
  })
  const paths = Array.from({ length: Math.min(count, 10) }, (_, i) => `src/\x1b[31m${i}`)
  const who = { transfer: 'ab'.repeat(16), host: '10.0.0.1', peerId: 'x' }
  const policy = await decide({ ...who, name: 'src', sizeBytes: 7, count, paths })
  return { policy, said, question }
}

describe('what is there already and different', () => {
  const answers: readonly (readonly [string, string])[] = [
    ['o', 'overwrite'],
    ['S', 'skip'],
    [' newer ', 'newer'],
    ['rename', 'rename'],
    ['', 'fail'],
    ['a', 'fail'],
    ['yes', 'fail'],
  ]
  for (const [answer, policy] of answers)
    test(`${JSON.stringify(answer)} is ${policy}`, async () => {
      expect((await asked(answer)).policy).toBe(policy)
    })
  test('is named, the first of many, and nothing of a name reaches the terminal raw', async () => {
    const { said, question } = await asked('', 8)
    expect(said.match(/src\//g)).toHaveLength(5)
    expect(said).toContain('and 3 more')
    expect(said).not.toContain('\x1b[31m')
    for (const letter of ['[o]', '[s]', '[n]', '[r]', '[A]']) expect(question).toContain(letter)
  })
})
