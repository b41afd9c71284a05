// What of a tree is sent by the user's rules: --include and --exclude, lists of paths, .pfsignore files, each alone and
// together.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { many } from '../../../../src/host/many.ts'
import type { SelectionRules } from '../../../../src/transfer/storage/events.ts'
import { selectionOf } from '../../../../src/transfer/storage/tree/rules.ts'
import { walk } from '../../../../src/transfer/storage/tree/walk.ts'
import { walkDisk } from '../../../../src/transfer/storage/tree/walk_disk.ts'
import { scratch } from '../../../pool/scratch.ts'

/** Paths of what is sent, directories with a slash behind them; of `tops`. */
async function sent(
  files: Readonly<Record<string, string>>,
  rules: Partial<SelectionRules>,
  without: readonly string[] = [],
  links: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const root = scratch(true)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  for (const [path, text] of Object.entries(links)) symlinkSync(text, join(root, path))
  const tops = [...new Set(Object.keys(files).map(path => path.split('/')[0] ?? ''))]
  const selection = selectionOf(
    { include: [], exclude: [], only: undefined, ignoreFiles: false, ...rules },
    without.map(path => Buffer.from(path).toString('hex')),
  )
  const { manifest, failures } = await walk(
    {
      tops: tops.map(name => ({ name: Buffer.from(name), path: Buffer.from(join(root, name)) })),
      selection,
      links: Object.keys(links).length > 0 ? 'follow' : 'keep',
      hasOwners: false,
    },
    walkDisk(many()),
  )
  expect(failures).toEqual([])
  return Array.from({ length: manifest.count }, (_, index) => {
    const path = Buffer.from(manifest.path(index)).toString()
    return manifest.entry(index).kind === 'directory' ? `${path}/` : path
  })
}

const bytesOf = (...paths: readonly string[]) => paths.map(path => Buffer.from(path))
const some = { 's/a.txt': '', 's/b.md': '', 's/d/a.txt': '', 's/d/c.js': '', 's/e/f/g.js': '', 's/h/x': '' }

describe('--include', () => {
  test('alone means only these, with the directories on the way and no others', async () => {
    expect(await sent(some, { include: ['*.js'] })).toEqual([
      's/',
      's/d/',
      's/d/c.js',
      's/e/',
      's/e/f/',
      's/e/f/g.js',
    ])
    expect(await sent(some, { include: ['/a.txt', '*.md'] })).toEqual(['s/', 's/a.txt', 's/b.md'])
  })
  test('of a directory means all that is in it', async () => {
    expect(await sent(some, { include: ['e/'] })).toEqual(['s/', 's/e/', 's/e/f/', 's/e/f/g.js'])
    expect(await sent(some, { include: ['d'] })).toEqual(['s/', 's/d/', 's/d/a.txt', 's/d/c.js'])
  })
  test('of what is not there leaves nothing to send', async () => {
    expect(await sent(some, { include: ['*.pdf'] })).toEqual([])
  })
  test('is outdone by --exclude', async () => {
    expect(await sent(some, { include: ['*.js'], exclude: ['e/'] })).toEqual(['s/', 's/d/', 's/d/c.js'])
  })
})

describe('--exclude', () => {
  test('leaves out what matches, at any depth or at one, and what is below', async () => {
    expect(await sent(some, { exclude: ['a.txt', 'e'] })).toEqual([
      's/',
      's/b.md',
      's/d/',
      's/d/c.js',
      's/h/',
      's/h/x',
    ])
    expect(await sent(some, { exclude: ['/a.txt', '/d', '/e', '/h'] })).toEqual(['s/', 's/b.md'])
    expect(await sent(some, { exclude: ['e/*'] })).toContain('s/e/')
  })
  test('knows exceptions, and tells upper from lower case', async () => {
    expect(await sent(some, { exclude: ['*.txt', '!/a.txt', 'h', 'e'] })).toEqual([
      's/',
      's/a.txt',
      's/b.md',
      's/d/',
      's/d/c.js',
    ])
    expect(await sent({ 's/A': '', 's/a': '' }, { exclude: ['A'] })).toEqual(['s/', 's/a'])
    expect(await sent({ 's/A': '', 's/a': '' }, { include: ['a'] })).toEqual(['s/', 's/a'])
  })
  test('does not look at the names of the tops, which were named one by one', async () => {
    expect(await sent({ 's/a': '', 't/s': '', u: '' }, { exclude: ['s', 'u'] })).toEqual([
      's/',
      's/a',
      't/',
      'u',
    ])
    expect(await sent({ 's/a': '', u: '' }, { include: ['a'] })).toEqual(['s/', 's/a', 'u'])
  })
})

describe('a list of paths', () => {
  test('is these, what is below them, and the way there', async () => {
    expect(await sent(some, { only: bytesOf('s/e', 's/d/c.js') })).toEqual([
      's/',
      's/d/',
      's/d/c.js',
      's/e/',
      's/e/f/',
      's/e/f/g.js',
    ])
    expect(await sent({ ...some, 't/x': '', u: '' }, { only: bytesOf('s/a.txt', 'u') })).toEqual([
      's/',
      's/a.txt',
      'u',
    ])
  })
  test('and --exclude and --include together send what all of them let', async () => {
    const only = bytesOf('s/d', 's/e', 's/h')
    expect(await sent(some, { only, exclude: ['e'], include: ['*.js'] })).toEqual(['s/', 's/d/', 's/d/c.js'])
  })
})

describe('a .pfsignore', () => {
  test('counts where it lies and below; the nearest that says something decides', async () => {
    const files = {
      's/.pfsignore': '# said once\n*.log\nbuild/\n',
      's/a.log': '',
      's/b': '',
      's/build/x': '',
      's/d/.pfsignore': '!kept.log\r\n/only-here\r\n',
      's/d/a.log': '',
      's/d/kept.log': '',
      's/d/only-here': '',
      's/d/e/only-here': '',
      's/d/e/kept.log': '',
      's/e/kept.log': '',
    }
    expect(await sent(files, { ignoreFiles: true })).toEqual([
      's/',
      's/.pfsignore',
      's/b',
      's/d/',
      's/d/.pfsignore',
      's/d/e/',
      's/d/e/kept.log',
      's/d/e/only-here',
      's/d/kept.log',
      's/e/',
    ])
    expect(await sent(files, {})).toHaveLength(16)
    expect(await sent(files, { ignoreFiles: true, exclude: ['d'] })).toEqual([
      's/',
      's/.pfsignore',
      's/b',
      's/e/',
    ])
  })
})

describe('what an earlier attempt could not read', () => {
  test('is left out whatever the rules say, a top too', async () => {
    expect(await sent({ 's/a': '', 's/b': '', t: '' }, { include: ['a', 'b'] }, ['s/a', 't'])).toEqual([
      's/',
      's/b',
    ])
    expect(await sent({ 's/a': '', t: '' }, {}, ['t'])).toEqual(['s/', 's/a'])
  })
})

test('patterns match whatever bytes names are made of', async () => {
  const odd = {
    's/new\nline': '',
    's/back\\slash': '',
    's/ü': '',
    's/ trailing ': '',
    's/[x]': '',
    's/plain': '',
  }
  expect(await sent(odd, { exclude: ['*'] })).toEqual(['s/'])
  expect(await sent(odd, { include: ['ü', '\\[x\\]', 'new*', 'back*'] })).toHaveLength(5)
})

test('a link that is followed is matched as what it leads to', async () => {
  const links = { 's/l': 'd', 's/out': 'nowhere' }
  expect(
    await sent({ 's/d/a.js': '', 's/d/b': '' }, { include: ['*.js'], exclude: ['out'] }, [], links),
  ).toEqual(['s/', 's/d/', 's/d/a.js', 's/l/', 's/l/a.js'])
  expect(await sent({ 's/d/a.js': '' }, { exclude: ['l/', 'out'] }, [], links)).toEqual([
    's/',
    's/d/',
    's/d/a.js',
  ])
})
