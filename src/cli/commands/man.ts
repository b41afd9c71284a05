// pfs man [COMMAND]: the manual page, as man(1) reads it; --out writes all of them, which is how a package gets them.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PfsError } from '../../base/errors.ts'
import { nearest } from '../../config/suggest.ts'
import { diskFault } from '../../host/file.ts'
import { loadPages, type Pages } from '../command_pages.ts'
import { variables } from '../environment.ts'
import { exitCodes } from '../help_topics.ts'
import { commandPage, type Edition, manFile, topPage } from '../man_page.ts'
import { verb } from '../verb.ts'
import { version } from '../version.ts'

export const man = verb({
  needsConfiguration: false,
  examples: ['pfs man | man -l -', 'pfs man pool init | man -l -', 'pfs man --out /usr/local/share/man/man1'],
  options: argv =>
    argv
      .positional('command', { type: 'string', array: true, describe: 'whose page; pfs itself without one' })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'write the pages of all commands there',
      }),
  run: async ({ command = [], out }, { terminal }) => {
    const pages = await loadPages()
    if (out !== undefined) {
      const paths = writeAll(out, pages)
      for (const path of paths) terminal.result(path)
      terminal.document(paths)
      return
    }
    const page = pageText(command.join(' '), pages)
    for (const line of page.trimEnd().split('\n')) terminal.result(line)
    terminal.document({ page })
  },
})

/** @param name '' for pfs itself */
function pageText(name: string, pages: Pages): string {
  if (name === '') return topPage(pages, { exitCodes: statuses(), variables }, edition())
  const page = pages.commands.find(page => page.name === name)
  if (page) return commandPage(page, pages, edition())
  const near = nearest(
    name,
    pages.commands.map(page => page.name),
  )
  throw new PfsError('PFS_USAGE', `there is no command ${name}`, {
    hint: near ? `Did you mean \`pfs man ${near}\`?` : 'See: pfs --help',
  })
}

function writeAll(folder: string, pages: Pages): string[] {
  try {
    mkdirSync(folder, { recursive: true })
    return ['', ...pages.commands.map(({ name }) => name)].map(name => {
      const path = join(folder, manFile(name))
      writeFileSync(path, pageText(name, pages))
      return path
    })
  } catch (error) {
    if (error instanceof PfsError) throw error
    throw diskFault(error, 'PFS_WRITE', folder)
  }
}

/** As of when it is written; SOURCE_DATE_EPOCH says otherwise where builds must be the same. */
function edition(): Edition {
  const epoch = Number(process.env.SOURCE_DATE_EPOCH)
  const date = epoch > 0 ? new Date(epoch * 1000) : new Date()
  return { date: date.toISOString().slice(0, 10), version: version() }
}

/** The lines of `pfs help exit-codes`, those of one status joined. */
function statuses(): (readonly [string, string])[] {
  const found: [string, string][] = []
  for (const line of exitCodes()) {
    const [status, says] = [line.slice(0, 3).trim(), line.slice(5)]
    const last = found.at(-1)
    if (status === '' && last) last[1] += `; ${says}`
    else found.push([status, says])
  }
  return found
}
