// `make check-remote REMOTE=[user@]host`: a few cells against a second machine that ssh reaches and that has pfs. First
// what `pfs doctor HOST` says of the path; then one new file, the same again, and a version of it with 1 % changed, by
// pfs, rsync and scp over ssh. What arrived is judged there by SHA-256. Wire bytes are those of the interface that leads
// there: whatever else used it is in them.
//
//   node dist/bench/compare/remote.js HOST [--address ADDRESS] [--ssh 'ssh -p 22'] [--pfs pfs] [--mib 64] [--rounds 3]

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { must } from '../../src/base/assert.ts'
import { MiB } from '../../src/base/units.ts'
import { makeScratch } from '../files.ts'
import { finish, Home, here, port } from '../pfs.ts'
import { Watched } from '../process.ts'
import { conclude, printTable } from '../report.ts'
import { median, spread } from '../statistics.ts'
import { cpuSecondsSaid, quoted, RemoteHost } from './remote_host.ts'
import { makeWorkload, Stage } from './workload_files.ts'
import { workloads } from './workloads.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    address: { type: 'string' },
    ssh: { type: 'string', default: 'ssh -o BatchMode=yes' },
    pfs: { type: 'string', default: 'pfs' },
    mib: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '3' },
  },
})
const [hostName = ''] = positionals
/** A file younger than this is not trusted by the stat cache, rightly. */
const racyMillis = 3000
const names = ['random', 'percent-1', 'again']

const remote = new RemoteHost({
  host: hostName,
  ssh: flags.ssh.split(/\s+/),
  pfs: flags.pfs,
  address: flags.address ?? hostName.replace(/^.*@/, ''),
})
const device = /\bdev (\S+)/.exec(String(spawnSync('ip', ['route', 'get', remote.address]).stdout))?.[1]

interface Seen {
  readonly workload: string
  readonly contender: string
  readonly seconds: number
  readonly interfaceBytes: number
  readonly remoteCpuSeconds: number
  readonly reusedBytes: number | null
  readonly isSame: boolean
}

/** Both ways, with Ethernet's headers; NaN where no interface is known, as by a name that only ssh resolves. */
function interfaceBytes(): number {
  if (device === undefined) return Number.NaN
  const count = (way: string): number =>
    Number(readFileSync(`/sys/class/net/${device}/statistics/${way}_bytes`, 'utf8'))
  return count('rx') + count('tx')
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

/** One who brings the stage's file into `out` of the folder there. */
type Carrier = (
  stage: Stage,
  away: string,
  home: Home,
) => Promise<Omit<Seen, 'workload' | 'contender' | 'isSame'>>

const byPfs: Carrier = async (stage, away, home) => {
  const words = `recv --yes --json --port ${port} --once --on-conflict overwrite -o ${quoted(`${away}/out`)}`
  const receiver = remote.start('pfs recv there', `PFS_HOME=${quoted(`${away}/home`)} ${remote.pfs} ${words}`)
  await receiver.says(/pfs send /)
  const before = interfaceBytes()
  const sender = home.send(stage.path, remote.address)
  const [sent] = await Promise.all([finish(sender), finish(receiver)])
  return {
    seconds: sender.elapsedSeconds,
    interfaceBytes: interfaceBytes() - before,
    remoteCpuSeconds: cpuSecondsSaid(receiver.stderr),
    reusedBytes: sent.reused_bytes,
  }
}

const byCommand =
  (wordsOf: (source: string, target: string) => readonly string[]): Carrier =>
  async (stage, away) => {
    const before = interfaceBytes()
    const [program = '', ...words] = wordsOf(stage.path, remote.at(`${away}/out/`))
    const client = new Watched(program, spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] }))
    const { code } = await client.ended
    if (code !== 0) throw new Error(`${program}: ${client.tail}`)
    return {
      seconds: client.elapsedSeconds,
      interfaceBytes: interfaceBytes() - before,
      remoteCpuSeconds: Number.NaN,
      reusedBytes: null,
    }
  }

const carriers: readonly { readonly name: string; readonly carry: Carrier; readonly isOwn: boolean }[] = [
  { name: 'pfs', carry: byPfs, isOwn: true },
  {
    name: 'rsync-ssh',
    carry: byCommand((source, target) => ['rsync', '-a', '-e', remote.shell, source, target]),
    isOwn: false,
  },
  {
    name: 'scp',
    carry: byCommand((source, target) => ['scp', '-q', ...remote.scpFlags, source, target]),
    isOwn: false,
  },
]

async function main(): Promise<void> {
  if (hostName === '') throw new Error('name the other machine: REMOTE=[user@]host')
  console.log(`there: ${remote.run(`uname -srm; ${remote.pfs} --version`).trim().replaceAll('\n', ', pfs ')}`)
  const scratch = makeScratch()
  const away = remote.run('mktemp -d').trim()
  try {
    const seen = await measure(scratch, away)
    tell(seen)
  } finally {
    remote.run(`rm -rf ${quoted(away)}`)
  }
}

async function measure(scratch: string, away: string): Promise<Seen[]> {
  const fileBytes = Number(flags.mib) * MiB
  const seen: Seen[] = []
  await doctor(scratch, away)
  for (const name of names) {
    const workload = must(
      workloads.find(one => one.name === name),
      name,
    )
    const stage = new Stage(makeWorkload(workload, { fileBytes, treeFiles: 0 }, join(scratch, name), 1))
    await delay(racyMillis)
    for (let round = 0; round < Number(flags.rounds); round++)
      for (const { name: contender, carry, isOwn } of carriers) {
        const folder = `${away}/${name}-${round}-${contender}`
        remote.run(`mkdir -p ${quoted(`${folder}/out`)}`)
        const home = new Home(join(scratch, `home-${name}-${round}-${contender}`), here)
        if (workload.change !== undefined) {
          stage.hold('old')
          // scp makes no use of an older version, and is spared its way
          if (isOwn || contender === 'rsync-ssh') await carry(stage, folder, home)
        }
        stage.hold('new')
        const told = await carry(stage, folder, home)
        const target = quoted(`${folder}/out/${stage.name}`)
        const isSame = remote.run(`sha256sum ${target}`).startsWith(sha256(stage.path))
        seen.push({ workload: name, contender, ...told, isSame })
        console.error(`  ${name} ${contender}: ${told.seconds.toFixed(2)} s${isSame ? '' : ' DIFFERENT'}`)
        remote.run(`rm -rf ${quoted(folder)}`)
      }
    stage.remove()
  }
  return seen
}

/** With both ends at work: a receiver that waits there, and the look at it from here. */
async function doctor(scratch: string, away: string): Promise<void> {
  const home = `PFS_HOME=${quoted(`${away}/doctor`)}`
  const words = `recv --yes --json --port ${port} -o ${quoted(away)}`
  const receiver = remote.start('pfs recv there', `echo pid $$; ${home} exec ${remote.pfs} ${words}`)
  const [, pid] = await receiver.says(/^pid (\d+)/m)
  await receiver.says(/pfs send /)
  console.log(new Home(join(scratch, 'doctor'), here).run(['doctor', `${remote.address}:${port}`]))
  // nothing was sent to it: it waits on
  remote.run(`kill -INT ${pid}`)
  await receiver.ended
}

function tell(seen: readonly Seen[]): void {
  const fileBytes = Number(flags.mib) * MiB
  const groups = names.flatMap(workload => carriers.map(({ name }) => ({ workload, name })))
  printTable(
    ['workload', '', 's', 'spread', 'Mbit/s', 'interface bytes', 'held', ''],
    groups.map(({ workload, name }) => {
      const runs = seen.filter(one => one.workload === workload && one.contender === name)
      const seconds = runs.map(one => one.seconds)
      const reused = runs[0]?.reusedBytes
      return [
        ...[workload, name, median(seconds), spread(seconds), (fileBytes * 8) / median(seconds) / 1e6],
        ...[
          median(runs.map(one => one.interfaceBytes)),
          reused === null || reused === undefined ? '–' : reused,
        ],
        runs.every(one => one.isSame) ? 'identical' : 'DIFFERENT',
      ]
    }),
  )
  const ours = seen.filter(({ contender }) => contender === 'pfs')
  conclude('remote', ours.length > 0 && ours.every(({ isSame }) => isSame), { host: hostName, seen })
}

await main()
