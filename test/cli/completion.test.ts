// The completions in the shells themselves: every command and option of the table, choices as words, files as files,
// known peers as hosts, and no pfs is started for it.

import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandPage, loadPages } from '../../src/cli/command_pages.ts'
import { topics } from '../../src/cli/help_topics.ts'
import { type ShellName, shells } from '../../src/cli/shells/shells.ts'
import { commandNames } from '../../src/cli/verbs.ts'
import { Peers } from '../../src/transfer/peers.ts'
import { scratch } from '../support/pfs.ts'
import { completions, hasShell, type Typing } from '../support/shell_completion.ts'

const pages = await loadPages()
const here = scratch()
const peerKey = new Uint8Array(32).fill(9)

beforeAll(async () => {
  mkdirSync(here.at('folder/sub dir'), { recursive: true })
  writeFileSync(here.at('folder/a file.iso'), '')
  writeFileSync(here.at('folder/b.iso'), '')
  const peers = new Peers(here.at('home/config'))
  for (const place of ['laptop:9419', '10.0.0.7:9500', 'fd00::2:9500']) await peers.pin(place, peerKey)
  // whoever starts pfs leaves a trace
  mkdirSync(here.at('bin'))
  writeFileSync(here.at('bin/pfs'), `#!/bin/sh\ntouch ${here.at('started')}\n`)
  chmodSync(here.at('bin/pfs'), 0o755)
})
afterAll(() => here.remove())

const typing = (shell: ShellName): Typing => ({
  scratch: here.path,
  directory: here.at('folder'),
  script: shells[shell](pages),
  environment: {
    HOME: here.at('home'),
    PFS_HOME: here.at('home'),
    PATH: `${here.at('bin')}:${process.env.PATH ?? ''}`,
  },
})

/** The first words of the table. */
const top = [...new Set(commandNames().map(name => name.split(' ')[0] ?? ''))].sort()
const flagsOf = (page: CommandPage): string[] => page.options.map(({ name }) => `--${name}`)
/** fish and zsh write the sign that a value follows. */
const withoutSign = (words: readonly string[]): string[] => words.map(word => word.replace(/=$/, ''))
/** A folder is a folder with its slash and without; a shell may write a blank as a word of its language. */
const plain = (words: readonly string[]): string[] =>
  words.map(word => word.replaceAll('\\', '').replace(/\/$/, ''))

for (const shell of Object.keys(shells) as ShellName[]) {
  const isThere = hasShell(shell)
  const why = isThere ? shell : `${shell}, which is not installed here`
  describe.runIf(isThere)(`in ${why}`, () => {
    const ask = (line: string): string[] => completions(shell, line, typing(shell))

    test('every command', () => {
      expect(ask('pfs ')).toEqual(top)
      for (const page of pages.commands.filter(({ commands }) => commands.length > 0)) {
        const last = page.commands.map(name => name.split(' ').at(-1))
        expect(ask(`pfs ${page.name} `), page.name).toEqual(last.sort())
      }
    })
    test('the beginning of one', () => expect(ask('pfs re')).toEqual(['recv']))
    test('after options that every command takes, and their values', () => {
      expect(ask('pfs -q --suite aes-256-gcm pool see')).toEqual(['seed'])
    })
    for (const page of pages.commands.filter(({ options }) => options.length > 0)) {
      test(`every option of ${page.name}`, () => {
        const offered = withoutSign(ask(`pfs ${page.name} --`))
        const all = pages.globals.map(({ name }) => `--${name}`)
        expect(offered).toEqual(expect.arrayContaining([...flagsOf(page), ...all]))
        const others = pages.commands.filter(other => other !== page).flatMap(flagsOf)
        for (const flag of others.filter(flag => !flagsOf(page).includes(flag)))
          expect(offered).not.toContain(flag)
      })
    }
    test('choices as words, behind a blank and behind a sign', () => {
      const choices = ['aegis-128l', 'aes-256-gcm', 'chacha20-poly1305']
      expect(ask('pfs send --suite ')).toEqual(choices)
      const behindSign = ask('pfs send --suite=a').map(word => word.replace('--suite=', ''))
      expect(behindSign).toEqual(choices.slice(0, 2))
      expect(ask('pfs completion ')).toEqual(Object.keys(shells).sort())
    })
    test('help on its topics, and on commands', () => {
      expect(ask('pfs help ')).toEqual([...Object.keys(topics), ...top].sort())
    })
    test('files as files', () => {
      expect(plain(ask('pfs pool import '))).toEqual(['a file.iso', 'b.iso', 'sub dir'])
      expect(plain(ask('pfs pool init --seed-file b'))).toEqual(['b.iso'])
    })
    test('a directory as a directory', () => {
      expect(plain(ask('pfs recv -o '))).toEqual(['sub dir'])
    })
    test('peers we have sent to as hosts, beside files', () => {
      const known = ['10.0.0.7:9500', '[fd00::2]:9500', 'laptop']
      expect(plain(ask('pfs send b.iso '))).toEqual(expect.arrayContaining([...known, 'b.iso']))
      const hosts = plain(ask('pfs pool sync '))
      expect(hosts).toEqual(expect.arrayContaining(known))
      expect(hosts).not.toContain('b.iso')
    })
    test('nothing where nothing is known', () => {
      expect(ask('pfs recv --port ')).toEqual([])
    })
  })
}

test('no shell has started pfs', () => {
  expect(existsSync(join(here.path, 'started'))).toBe(false)
})
