// What the flags of `pfs send` and `pfs recv` do, by real processes across loopback: several hosts, tickets, standard
// input, what is left out of a tree, dry runs, limits, and what is done where nobody can be asked.

import { spawn } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { KiB, MiB } from '../../src/base/units.ts'
import { expectFault, expectSame, Machines } from '../support/faults.ts'
import { type Finished, Pfs } from '../support/pfs.ts'

let machines: Machines
let port = 0
beforeEach(async () => {
  machines = new Machines()
  port = await freePort()
})
afterEach(() => machines.remove())

/** What `names` has, each with a few bytes of its own. */
function tree(name: string, names: readonly string[]): string {
  const root = machines.at(name)
  for (const path of names) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), path)
  }
  return root
}

const below = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter(name => !statSync(join(directory, name)).isDirectory())
    .sort()

/** To the good end of both, with these words for each. */
async function sent(
  words: readonly string[],
  receiveWords: readonly string[] = ['--yes'],
): Promise<Finished> {
  const receiver = await machines.recv(port, receiveWords)
  const sender = await machines.start(['send', ...words, `127.0.0.1:${port}`], 'here').finished
  expect(sender.status, sender.stderr).toBe(0)
  expect((await receiver.finished).status).toBe(0)
  return sender
}

describe('several hosts', () => {
  test('have all of it, each by itself', async () => {
    const ports = [port, await freePort()]
    const outs = ports.map((_, i) => machines.at(`out${i}`))
    const receivers = await Promise.all(
      ports.map((each, i) => {
        mkdirSync(outs[i] ?? '')
        return machines.recv(each, ['--yes', '-o', outs[i] ?? ''], `there${i}`)
      }),
    )
    const file = machines.file('f', 3 * MiB)
    const hosts = ports.map(each => `127.0.0.1:${each}`)
    const sender = await machines.start(['send', file, ...hosts, '--json'], 'here').finished
    expect(sender.status, sender.stderr).toBe(0)
    for (const [i, receiver] of receivers.entries()) {
      expect((await receiver.finished).status).toBe(0)
      expectSame(join(outs[i] ?? '', 'f'), file)
    }
    const { hosts: told } = JSON.parse(sender.stdout) as { hosts: { host: string; size_bytes: number }[] }
    expect(told.map(({ host, size_bytes }) => [host, size_bytes])).toEqual(hosts.map(host => [host, 3 * MiB]))
  })

  test('of which one is not there: the other has it, the end is 3, and both are named', async () => {
    const receiver = await machines.recv(port)
    const file = machines.file('f', 100 * KiB)
    const [here, nowhere] = [`127.0.0.1:${port}`, `127.0.0.1:${await freePort()}`]
    const sender = await machines.start(['send', file, here, nowhere], 'here').finished
    expect(sender.status).toBe(3)
    expect((await receiver.finished).status).toBe(0)
    expect(sender.stderr).toContain(`${here}: sent f`)
    expect(sender.stderr).toMatch(new RegExp(`pfs: ${nowhere}: .*no peer answers`))
    expect(sender.stderr).toContain('1 of 2 hosts')
  })
})

describe('a ticket', () => {
  const lineOf = (receiver: Pfs): string => /pfs send FILE (pfs:\/\/\S+)/.exec(receiver.stderr)?.[1] ?? ''
  const local = (ticket: string): string => ticket.replace(/\/\/.*:/, '//127.0.0.1:')

  test('lets a stranger in, where nobody is there to ask', async () => {
    const file = machines.file('f', 100 * KiB)
    const receiver = await machines.recv(port, ['--code'])
    const sender = await machines.start(['send', file, local(lineOf(receiver))], 'here').finished
    expect(sender.status, sender.stderr).toBe(0)
    expect((await receiver.finished).status).toBe(0)
    expectSame(join(machines.out, 'f'), file)
  })

  test('is read from a file that others cannot see', async () => {
    const file = machines.file('f', 1000)
    const receiver = await machines.recv(port, ['--code'])
    const code = machines.at('code')
    writeFileSync(code, `${local(lineOf(receiver))}\n`, { mode: 0o600 })
    const sender = await machines.start(['send', file, '--code-file', code], 'here').finished
    expect(sender.status, sender.stderr).toBe(0)
    expectSame(join(machines.out, 'f'), file)
  })

  test('with another secret lets nobody in, and one that is spent neither', async () => {
    const file = machines.file('f', 1000)
    for (const [words, spoil] of [
      [['--code'], (text: string) => text.replace(/.$/, last => (last === '0' ? '1' : '0'))],
      [['--code', '--expires', '0.001s'], (text: string) => text],
    ] as const) {
      const receiver = await machines.recv(port, words)
      const ticket = spoil(local(lineOf(receiver)))
      const sender = await machines.start(['send', file, ticket, '--json'], 'here').finished
      expectFault(sender, 'PFS_REFUSED', /refused/, /./)
      await receiver.kill()
    }
    expect(machines.arrived()).toEqual([])
  })

  test('of another key is told nothing', async () => {
    const first = await machines.recv(port, ['--code'], 'there')
    const ticket = local(lineOf(first))
    await first.kill()
    const second = await machines.recv(port, ['--code'], 'elsewhere')
    const sender = await machines.start(['send', machines.file('f', 10), ticket, '--json'], 'here').finished
    expectFault(sender, 'PFS_KEY_CHANGED', /another key/, /./)
    await second.kill()
  })
})

describe('standard input', () => {
  const piped = (file: string, words: readonly string[]): Pfs =>
    Pfs.start(['send', '-', `127.0.0.1:${port}`, ...words], {
      ...machines.options('here'),
      through: (command, args, environment) =>
        spawn(command, args, { env: environment, stdio: [openSync(file, 'r'), 'pipe', 'pipe'] }),
    })

  test('arrives under the name it was given', async () => {
    const file = machines.file('f', 3 * MiB)
    const receiver = await machines.recv(port)
    const sender = await piped(file, ['--name', 'named']).finished
    expect(sender.status, sender.stderr).toBe(0)
    expect((await receiver.finished).status).toBe(0)
    expectSame(join(machines.out, 'named'), file)
  })

  test('and output: a file goes from one pipe into another, and is nowhere else', async () => {
    const file = machines.file('f', 5 * MiB)
    const taken = machines.at('taken')
    const receiver = Pfs.start(['recv', '-y', '-p', String(port), '-o', '-'], {
      ...machines.options('there'),
      through: (command, args, environment) =>
        spawn(command, args, { env: environment, stdio: ['ignore', openSync(taken, 'w'), 'pipe'] }),
    })
    await receiver.ready()
    const sender = await piped(file, []).finished
    expect(sender.status, sender.stderr).toBe(0)
    const received = await receiver.finished
    expect(received.status, received.stderr).toBe(0)
    expectSame(taken, file)
    expect(readdirSync(machines.at('there/state/jobs/streams'))).toEqual([])
  })

  test('output takes one file: a tree is refused before anything is sent', async () => {
    const receiver = await machines.recv(port, ['--yes', '-o', '-'])
    const sender = await machines.start(['send', tree('src', ['a']), `127.0.0.1:${port}`, '--json'], 'here')
      .finished
    expectFault(sender, 'PFS_WRITE', /takes one file/, /./)
    // and it waits on for one that it can take
    const file = machines.file('f', 1000)
    expect((await machines.send(file, port).finished).status).toBe(0)
    expect((await receiver.finished).status).toBe(0)
    await machines.fails(['recv', '-o', '-', '--keep'], 'PFS_USAGE', /one file/, /./)
  })

  test('goes alone, and to one host', async () => {
    await machines.fails(['send', '-', machines.file('f', 1), 'x'], 'PFS_USAGE', /standard input/, /./)
  })
})

describe('of a tree', () => {
  const names = ['a.txt', 'b.log', 'deep/c.txt', 'deep/d.log', 'deep/er/e.txt']

  test('only what is included and not excluded arrives', async () => {
    await sent([tree('src', names), '--include', '*.txt', '--exclude', 'er'])
    expect(below(join(machines.out, 'src'))).toEqual(['a.txt', 'deep/c.txt'])
  })

  test('what .pfsignore names stays, unless told otherwise', async () => {
    const root = tree('src', names)
    writeFileSync(join(root, '.pfsignore'), '*.log\n')
    writeFileSync(join(root, 'deep/.pfsignore'), '!d.log\n')
    await sent([root])
    const kept = ['.pfsignore', 'a.txt', 'deep/.pfsignore', 'deep/c.txt', 'deep/d.log', 'deep/er/e.txt']
    expect(below(join(machines.out, 'src'))).toEqual(kept)
    await sent([root, '--no-ignore-files'])
    expect(below(join(machines.out, 'src'))).toEqual([...kept, 'b.log'].sort())
  })

  test('only what a list names arrives', async () => {
    const list = machines.at('list')
    writeFileSync(list, './deep/er\na.txt\n# no more\n')
    await sent([tree('src', names), '--files-from', list])
    expect(below(join(machines.out, 'src'))).toEqual(['a.txt', 'deep/er/e.txt'])
    writeFileSync(list, 'b.log\0deep/d.log')
    await sent([machines.at('src'), '--files-from', list, '--from0'])
    expect(below(join(machines.out, 'src'))).toEqual(['a.txt', 'b.log', 'deep/d.log', 'deep/er/e.txt'])
  })

  test('a list goes with one directory', async () => {
    const [a, b] = [tree('a', names), tree('b', names)]
    await machines.fails(['send', a, b, 'x', '--files-from', b], 'PFS_USAGE', /one directory/, /below/)
  })

  test.skipIf(process.getuid?.() !== 0)('owners are kept where both sides ask for it', async () => {
    const root = tree('src', names)
    chownSync(join(root, 'a.txt'), 1234, 4321)
    const ownerOf = (): number => statSync(join(machines.out, 'src/a.txt')).uid
    await sent([root, '--preserve', 'owner'])
    expect(ownerOf()).toBe(process.getuid?.())
    rmSync(join(machines.out, 'src'), { recursive: true })
    await sent([root, '--preserve', 'mode,owner'], ['--yes', '--preserve', 'owner'])
    expect(ownerOf()).toBe(1234)
    await machines.fails(['send', root, 'x', '--preserve', 'xattr'], 'PFS_USAGE', /xattr/, /owner/)
  })

  test('links are kept, followed or skipped', async () => {
    const root = tree('src', names)
    symlinkSync('a.txt', join(root, 'link'))
    await sent([root, '--links', 'skip'])
    expect(existsSync(join(machines.out, 'src/link'))).toBe(false)
    await sent([root, '--links', 'follow'])
    expect(readFileSync(join(machines.out, 'src/link'), 'utf8')).toBe('a.txt')
    expect(
      readdirSync(join(machines.out, 'src'), { withFileTypes: true }).some(one => one.isSymbolicLink()),
    ).toBe(false)
  })
})

describe('a dry run', () => {
  for (const what of ['file', 'tree'])
    test(`of a ${what} says what would travel, and nothing does`, async () => {
      const root = machines.at('src')
      mkdirSync(root)
      const path = what === 'tree' ? root : join(root, 'f')
      writeFileSync(join(root, 'f'), Buffer.alloc(2 * MiB, 'x'))
      const noise = machines.file('noise', MiB)
      writeFileSync(join(root, 'f'), readFileSync(noise), { flag: 'a' })
      const receiver = await machines.recv(port, ['--yes', '--keep'])
      const sender = await machines.start(['send', '-n', path, `127.0.0.1:${port}`, '--json'], 'here')
        .finished
      expect(sender.status, sender.stderr).toBe(0)
      const { planned, wire_bytes } = JSON.parse(sender.stdout) as {
        planned: { op_bytes: number; literal_bytes: number }
        wire_bytes: number
      }
      expect(planned.literal_bytes).toBeGreaterThan(MiB - 1)
      // with a codec a third of it
      expect(planned.literal_bytes).toBeLessThanOrEqual(3 * MiB)
      expect(wire_bytes).toBeLessThan(16 * KiB)
      const said = await machines.start(['send', '--dry-run', path, `127.0.0.1:${port}`], 'here').finished
      expect(said.stderr).toMatch(/would send .*on the wire.*nothing was sent/)
      expect(readdirSync(machines.out)).toEqual([])
      await receiver.kill()
    })
})

describe('limits', () => {
  test('--max-transfer ends a transfer with 14 at either side, and the next goes on from there', async () => {
    const file = machines.file('f', 8 * MiB)
    const receiver = await machines.recv(port, ['--yes', '--keep'])
    const words = ['send', file, `127.0.0.1:${port}`, '--json']
    const first = await machines.start([...words, '--max-transfer', '4MiB'], 'here').finished
    expectFault(first, 'PFS_LIMIT', /bytes on the wire/, /./)
    const second = await machines.start(words, 'here').finished
    expect(second.status, second.stderr).toBe(0)
    expect((JSON.parse(second.stdout) as { wire_bytes: number }).wire_bytes).toBeLessThan(7.5 * MiB)
    expectSame(join(machines.out, 'f'), file)
    await receiver.kill()
  })

  test('--path names what to send by: two addresses carry at once, an interface that is none is a slip', async () => {
    const file = machines.file('f', 16 * MiB)
    const { stdout } = await sent([file, '--json', '--path', '127.0.0.1,127.0.0.2', '--bwlimit', '16M'])
    expect((JSON.parse(stdout) as { transport: { paths: number } }).transport.paths).toBe(2)
    expectSame(join(machines.out, 'f'), file)
    await machines.fails(
      ['send', file, `127.0.0.1:${port}`, '--path', 'lo', '--path', 'nowhere0'],
      'PFS_USAGE',
      /nowhere0 is no interface/,
      /This machine has/,
    )
  })

  test('a rate that is none is a slip', async () => {
    await machines.fails(
      ['send', machines.file('f', 1), 'x', '--bwlimit', 'fast'],
      'PFS_USAGE',
      /rate|size/,
      /10M|GiB/,
    )
  })
})

describe('what is there and different', () => {
  test('where nobody can be asked, fails, and both words for that are one', async () => {
    const file = machines.file('f', 1000)
    writeFileSync(join(machines.out, 'f'), 'mine')
    for (const words of [
      ['--yes'],
      ['--yes', '--on-conflict', 'resume'],
      ['--yes', '--on-conflict', 'ask'],
    ]) {
      const receiver = await machines.recv(port, words)
      const sender = await machines.send(file, port).finished
      expect([sender.status, (await receiver.finished).status]).toEqual([10, 10])
      expect(readFileSync(join(machines.out, 'f'), 'utf8')).toBe('mine')
    }
  })
})
