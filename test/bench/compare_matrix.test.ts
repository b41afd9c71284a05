// Which cells a session runs, and what they are made of: new versions that differ by what their name says.

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { contenders } from '../../bench/compare/contenders/table.ts'
import { groupsOf, unknownNames } from '../../bench/compare/matrix.ts'
import { cpuSecondsSaid, quoted } from '../../bench/compare/remote_host.ts'
import { scenarios } from '../../bench/compare/scenarios.ts'
import { makeWorkload, Stage, textBlocks } from '../../bench/compare/workload_files.ts'
import { workloads } from '../../bench/compare/workloads.ts'
import { profileNames } from '../../netsim/profiles.ts'
import { MiB } from '../../src/base/units.ts'

const folder = mkdtempSync(join(tmpdir(), 'pfs-compare-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const all = { scenarios, workloads, contenders }

describe('the matrix', () => {
  test('of the quick form has the lines of its promise, of the large one every workload', () => {
    const quick = groupsOf('quick', all, {})
    expect([...new Set(quick.map(({ scenario }) => scenario.name))]).toEqual([
      'raw',
      'lan',
      'wan',
      'lossy-wan',
    ])
    const large = groupsOf('large', all, {})
    const cells = scenarios.flatMap(({ name, onlyWorkload }) =>
      (onlyWorkload === undefined ? workloads : [{ name: onlyWorkload }]).map(workload => [
        name,
        workload.name,
      ]),
    )
    expect(large.map(({ scenario, workload }) => [scenario.name, workload.name])).toEqual(cells)
    expect(cells).toHaveLength(7 * workloads.length + 4)
  })

  test('every line is a row of the profiles', () => {
    for (const { profile } of scenarios) if (profile !== undefined) expect(profileNames).toContain(profile)
  })

  test('names are words of a filter, each once', () => {
    for (const list of [scenarios, workloads, contenders]) {
      const names = list.map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
      for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/)
    }
  })

  test('filters choose, also what the form leaves out', () => {
    const groups = groupsOf('quick', all, { scenario: 'satellite', workload: 'text', contender: 'pfs,scp' })
    expect(groups.map(({ contenders }) => contenders.map(({ name }) => name))).toEqual([['pfs', 'scp']])
  })

  test('memory to memory is raced for one new file alone, and trees only by who carries them', () => {
    for (const { workload, contenders } of groupsOf('large', all, {})) {
      const names = contenders.map(({ name }) => name)
      expect(names.some(name => name.startsWith('iperf3'))).toBe(workload.name === 'random')
      expect(names.includes('tar-zstd-tcp')).toBe(workload.kind === 'tree')
      if (workload.kind === 'tree') expect(names).not.toContain('scp')
      expect(names[0]).toBe('pfs')
    }
  })

  test('a path that is known is raced where its round trip is long, with one new file', () => {
    const cells = groupsOf('large', all, { contender: 'pfs-known-path' })
    expect(cells.map(({ scenario, workload }) => [scenario.name, workload.name])).toEqual([
      ['satellite', 'random'],
    ])
  })

  test('a filter that names nothing is told', () => {
    expect(unknownNames('wan,wam', ['wan', 'lan'])).toEqual(['wam'])
    expect(unknownNames(undefined, ['wan'])).toEqual([])
  })
})

describe('workloads', () => {
  const make = (name: string, place = name) => {
    const workload = workloads.find(one => one.name === name)
    if (!workload) throw new Error(name)
    return new Stage(makeWorkload(workload, { fileBytes: 4 * MiB, treeFiles: 100 }, join(folder, place), 7))
  }
  const read = (stage: Stage) =>
    [readFileSync(stage.pathOf('old')), readFileSync(stage.pathOf('new'))] as const

  test('one byte differs', () => {
    const [old, fresh] = read(make('byte'))
    expect(old.length).toBe(fresh.length)
    expect(old.reduce((sum, byte, i) => sum + Number(byte !== fresh[i]), 0)).toBe(1)
  })

  test('one page of a hundred differs', () => {
    const [old, fresh] = read(make('percent-1'))
    const pages = old.length / 4096
    let differ = 0
    for (let page = 0; page < pages; page++)
      differ += Number(
        !old.subarray(page * 4096, (page + 1) * 4096).equals(fresh.subarray(page * 4096, (page + 1) * 4096)),
      )
    expect(differ).toBe(Math.round(pages / 100))
  })

  test('37 bytes are put in front', () => {
    const [old, fresh] = read(make('front'))
    expect(fresh.subarray(37).equals(old)).toBe(true)
  })

  test('the same file again has its time too; a changed one is younger by more than a second', () => {
    const again = make('again')
    expect(statSync(again.pathOf('old')).mtimeMs).toBe(statSync(again.pathOf('new')).mtimeMs)
    const stage = make('byte', 'younger')
    expect(statSync(stage.pathOf('new')).mtimeMs - statSync(stage.pathOf('old')).mtimeMs).toBeGreaterThan(
      1000,
    )
  })

  test('the stage changes versions without touching them', () => {
    const stage = make('front', 'staged')
    const before = statSync(stage.pathOf('old'))
    stage.hold('old')
    expect(readFileSync(stage.path).length).toBe(4 * MiB)
    const { ino, ctimeMs } = statSync(stage.path)
    expect([ino, ctimeMs]).toEqual([before.ino, before.ctimeMs])
    stage.hold('new')
    expect(readFileSync(stage.path).length).toBe(4 * MiB + 37)
    stage.clear()
    expect(statSync(stage.pathOf('old')).ino).toBe(before.ino)
  })

  test('text is the same for the same seed, and compresses', () => {
    expect(Buffer.from(textBlocks(3)()).equals(textBlocks(3)())).toBe(true)
    expect(Buffer.from(textBlocks(3)()).equals(textBlocks(4)())).toBe(false)
  })
})

describe('a second machine', () => {
  test('its shell sees one word', () => {
    expect(quoted("it's")).toBe(`'it'\\''s'`)
  })

  test('what it used is read from the last two lines', () => {
    expect(cpuSecondsSaid('Ready.\n0m0.010s 0m0.020s\n1m1.000s 0m0.500s\n')).toBeCloseTo(61.53)
    expect(cpuSecondsSaid('nothing')).toBeNaN()
  })
})
