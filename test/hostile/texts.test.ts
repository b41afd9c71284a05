// Text of a peer on its way to a person: nothing of it reaches the terminal but what can be seen. At the one place where the
// command writes, and where faults and events are made of what a peer says. corpus/texts.json

import { describe, expect, test } from 'vitest'
import { PfsError } from '../../src/base/errors.ts'
import { complain } from '../../src/cli/failure.ts'
import { codeFault } from '../../src/net/faults.ts'
import { printable, reasonOf, refusalText, shownText } from '../../src/wire/text.ts'
import { Screen } from '../cli/screen.ts'
import { type Case, casesOf } from './corpus.ts'

interface TextCase extends Case {
  readonly text: string
}

/** What no terminal may get of a peer; the line's own end is ours. */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

/** What went to the terminal, without the line ends and the one escape that are ours. */
const written = ({ stdout, stderr }: Screen): string =>
  `${stdout}${stderr}`
    .replaceAll('\n', '')
    .replaceAll('\r\u001b[K', '')
    .replace(/^\r|\r$/g, '')

describe('what a peer says', () => {
  for (const { name, why, text } of casesOf<TextCase>('texts'))
    test(`${name}: ${why}`, () => {
      expect(unfit.test(text)).toBe(true)
      for (const shown of [printable(text), printable(refusalText(text)), shownText(reasonOf(text))])
        expect(shown).not.toMatch(unfit)
      const screen = new Screen({ isVerbose: true }, true)
      complain(new PfsError('PFS_WRITE', text, { cause: new Error(text) }), screen, 1, text)
      screen.terminal.say(text)
      screen.terminal.result(text)
      screen.terminal.prompt(text)
      expect(written(screen)).not.toMatch(unfit)
      expect(screen.talk.length).toBeGreaterThan(3)
      expect(codeFault(0x2a, text, 'the peer')?.message).not.toMatch(unfit)
    })
})
