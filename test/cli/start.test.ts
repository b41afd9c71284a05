// What the command's start does not do: ask ICU for all emoji and locales, to measure help that nobody reads. Reads what
// `npm run build` made.

import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const bin = resolve(import.meta.dirname, '../../dist/bin')

test('nothing that is loaded makes a segmenter or a set of all emoji before it measures', () => {
  const loaded = readdirSync(bin)
    .filter(name => name.endsWith('.js'))
    .map(name => readFileSync(join(bin, name), 'utf8'))
    .join('\n')
  expect(loaded, 'it is there').toContain('new Intl.Segmenter()')
  expect(loaded).not.toMatch(/^(const|let|var) \S+ = new Intl\.Segmenter/m)
  expect(loaded, 'a literal is looked up where it is parsed').not.toMatch(/= \/[^\n]*\\p\{RGI_Emoji\}/)
})
