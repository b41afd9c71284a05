// The house rules that a machine can check: floors, purity, file sizes, headers, no drawer files. ARCHITECTURE:
// a file imports only from lower floors and its own folder; PURE floors import no node: module and use no clock, chance or promise.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

const floors: Record<string, number> = {
  base: 0,
  wire: 1,
  crypto: 1,
  cut: 1,
  proto: 2,
  offset: 2,
  host: 3,
  net: 4,
  pool: 4,
  transfer: 5,
  download: 6,
  // what the user has set, for whoever runs the floors below: the command today, a daemon as well
  config: 6,
  service: 7,
  library: 7,
  cli: 8,
}
const pure = new Set(['base', 'wire', 'crypto', 'cut', 'proto', 'offset'])
// outside src: what each top folder may see of it
const guests: Record<string, readonly string[]> = { netsim: ['base', 'wire', 'crypto', 'proto'] }
const impurities = [
  /\bDate\.now\b|\bnew Date\b/,
  /\bperformance\b/,
  /\bMath\.random\b/,
  /\bset(Timeout|Interval|Immediate)\b/,
  /\bqueueMicrotask\b/,
  /\bprocess\./,
  /\bPromise\b|\basync\b|\bawait\b/,
  /\bBuffer\b/,
  /\bconsole\./,
]
const linesMax = 400
const drawers = /(^|_)(utils?|helpers?|common|misc|manager)\.ts$/

function files(folder: string): string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return files(path)
    return path.endsWith('.ts') ? [path] : []
  })
}

const sources = files(join(root, 'src'))
const visitors = files(join(root, 'netsim'))
const everything = [...sources, ...visitors, ...files(join(root, 'bench')), ...files(join(root, 'test'))]

const text = (path: string): string => readFileSync(path, 'utf8')
const withoutComments = (source: string): string =>
  source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
const imports = (source: string): string[] =>
  [...source.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(found => found[1] ?? '')
const folderIn = (path: string): string => relative(join(root, 'src'), path).split(sep)[0] ?? ''
const shown = (path: string): string => relative(root, path)

function floorOf(path: string): number {
  const folder = folderIn(path)
  return folder.endsWith('.ts') ? 9 : (floors[folder] ?? -1)
}

describe('floors', () => {
  for (const path of sources) {
    test(`${shown(path)} imports only from lower floors and its own folder`, () => {
      const floor = floorOf(path)
      expect(floor, 'a folder that has no floor').toBeGreaterThanOrEqual(0)
      for (const name of imports(text(path)).filter(name => name.startsWith('.'))) {
        const target = resolve(dirname(path), name)
        expect(target.startsWith(join(root, 'src')), `${name} leaves src`).toBe(true)
        if (folderIn(target) !== folderIn(path)) expect(floorOf(target), name).toBeLessThan(floor)
      }
    })
  }
  for (const path of visitors) {
    test(`${shown(path)} sees only the floors open to it`, () => {
      for (const name of imports(text(path)).filter(name => name.startsWith('.'))) {
        const target = resolve(dirname(path), name)
        if (target.startsWith(join(root, 'src'))) expect(guests.netsim, name).toContain(folderIn(target))
      }
    })
  }
})

describe('purity', () => {
  for (const path of sources.filter(path => pure.has(folderIn(path)))) {
    test(`${shown(path)} has no node module, clock, chance or promise`, () => {
      const source = text(path)
      expect(imports(source).filter(name => name.startsWith('node:'))).toEqual([])
      const code = withoutComments(source)
      expect(impurities.filter(sign => sign.test(code)).map(String)).toEqual([])
    })
  }
})

describe('size and shape', () => {
  for (const path of everything) {
    test(`${shown(path)} is one idea: a header, at most ${linesMax} lines, no drawer`, () => {
      const source = text(path)
      expect(source.split('\n').length - 1).toBeLessThanOrEqual(linesMax)
      expect(/^(#!.*\n)?\/\/ /.test(source), 'a header comment').toBe(true)
      expect(drawers.test(path), 'a drawer file').toBe(false)
      for (const line of source.split('\n')) expect(line.length, line).toBeLessThanOrEqual(140)
    })
  }
  test('the median source file is at most 120 lines', () => {
    const lengths = sources.map(path => text(path).split('\n').length).sort((a, b) => a - b)
    expect(lengths[lengths.length >> 1]).toBeLessThanOrEqual(120)
  })
})
