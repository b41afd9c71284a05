// What the environment says of the display, in a real terminal and without one: colour, animation, closed pipes, and two
// Ctrl-C. The terminal is made by script(1).

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { freePort } from '../../bench/free_port.ts'
import { Machines } from '../support/faults.ts'
import { bin } from '../support/pfs.ts'
import { Relay } from '../support/relay.ts'

let machines = new Machines()
beforeEach(() => {
  machines = new Machines()
})
afterEach(() => machines.remove())

const hasTerminal = spawnSync('script', ['--version'], { stdio: 'ignore' }).error === undefined
const plain = { NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined, TERM: 'xterm', COLUMNS: '100' }

/** All that it shows in a terminal of its own. */
async function inTerminal(words: readonly string[], environment: Record<string, string>): Promise<string> {
  const line = [process.execPath, bin, ...words].map(word => `'${word}'`).join(' ')
  const env = { ...process.env, ...plain, PFS_HOME: machines.at('here'), ...environment }
  const child = spawn('script', ['-qec', line, '/dev/null'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  machines.later(() => child.kill('SIGKILL'))
  let shown = ''
  child.stdout.on('data', (text: Buffer) => {
    shown += text
  })
  await once(child, 'close')
  return shown
}

/** What colours begin with. */
const colour = '\u001b['
const isAnimated = (shown: string): boolean => /\r[^\n\r]/.test(shown)

describe.runIf(hasTerminal)(`in a terminal${hasTerminal ? '' : ', which needs script(1)'}`, () => {
  const fault = ['pool', 'stats']
  const cases: readonly (readonly [string, Record<string, string>, readonly string[], boolean])[] = [
    ['a fault is red', {}, [], true],
    ['NO_COLOR is obeyed', { NO_COLOR: '1' }, [], false],
    ['a dumb terminal has no colours', { TERM: 'dumb' }, [], false],
    ['--color never is more than FORCE_COLOR', { FORCE_COLOR: '1' }, ['--color', 'never'], false],
    ['--color always is more than NO_COLOR', { NO_COLOR: '1' }, ['--color', 'always'], true],
  ]
  for (const [name, environment, words, isColoured] of cases) {
    test(name, async () => {
      const shown = await inTerminal([...fault, ...words], environment)
      expect(shown).toMatch(/the pool is missing/)
      expect(shown.includes(colour)).toBe(isColoured)
    })
  }
  const displays: readonly (readonly [string, Record<string, string>, boolean])[] = [
    ['progress is a line that moves', {}, true],
    ['with TERM=dumb nothing moves', { TERM: 'dumb' }, false],
    ['with CI nothing moves', { CI: 'true' }, false],
  ]
  for (const [name, environment, moves] of displays) {
    test(name, async () => {
      const port = await freePort()
      await machines.recv(port)
      const file = machines.file('big.bin', 60_000_000)
      const shown = await inTerminal(['send', file, `127.0.0.1:${port}`], environment)
      expect(shown).toMatch(/sent big\.bin {2}60 MB/)
      expect(isAnimated(shown)).toBe(moves)
    })
  }
})

describe('without a terminal', () => {
  test('there is no colour and no carriage return, but with FORCE_COLOR there is colour', async () => {
    const run = (environment: Record<string, string>) => {
      const env = { ...process.env, ...plain, PFS_HOME: machines.at('here'), ...environment }
      return spawnSync(process.execPath, [bin, 'pool', 'stats'], { env, encoding: 'utf8' }).stderr
    }
    expect(run({})).not.toMatch(/(?!\n)\p{Cc}/u)
    expect(run({ FORCE_COLOR: '1' })).toContain(colour)
    expect(run({ FORCE_COLOR: '0' })).not.toContain(colour)
  })
  test('a reader that leaves is no fault: the file is there, and nothing is said of it', async () => {
    const port = await freePort()
    const words = ['recv', '-p', String(port), '-o', machines.out, '--yes', '-q']
    const line = `${[process.execPath, bin, ...words].map(word => `'${word}'`).join(' ')} | true`
    const env = { ...process.env, PFS_HOME: machines.at('there') }
    const child = spawn('bash', ['-o', 'pipefail', '-c', line], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    machines.later(() => child.kill('SIGKILL'))
    let stderr = ''
    child.stderr.on('data', (text: Buffer) => {
      stderr += text
    })
    const closed = once(child, 'close')
    // it says nothing that could be waited for; its TCP port is bound last
    await vi.waitFor(
      async () => {
        const socket = connect(port, '127.0.0.1')
        await once(socket, 'connect')
        socket.destroy()
      },
      { timeout: 30_000 },
    )
    expect((await machines.send(machines.file('a', 1000), port).finished).status).toBe(0)
    expect(await closed).toEqual([0, null])
    expect([stderr, machines.arrived()]).toEqual(['', ['a']])
  })
})

test('a second Ctrl-C ends it at once, with the same status, and it goes on when it is run again', async () => {
  const port = await freePort()
  const receiver = await machines.recv(port)
  const relay = await Relay.open(port)
  machines.later(() => relay.close())
  const isCut = relay.cutAfter(12_000_000)
  const file = machines.file('f', 20_000_000)
  const sender = machines.send(file, relay.port, ['--stall-timeout', '600'])
  await isCut
  sender.signal('SIGINT')
  sender.signal('SIGINT')
  expect((await sender.finished).status).toBe(130)
  await receiver.kill()
  const { reused_bytes, size_bytes } = await machines.transfer(file, await freePort())
  expect(size_bytes).toBe(20_000_000)
  expect(reused_bytes).toBeGreaterThan(0)
})
