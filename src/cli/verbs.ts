// THE TABLE of commands. A new command is a file in commands/ and a row here. Nothing of a verb is loaded until it
// is called, so that `pfs --version` and `pfs --help` cost nothing of the transport or the pool.

import type { Verb } from './verb.ts'

export interface VerbRow {
  /** The word, and its positionals as yargs writes them. */
  readonly command: string
  readonly describe: string
  readonly load: () => Promise<Verb>
}

export interface GroupRow {
  readonly command: string
  readonly describe: string
  readonly examples: readonly string[]
  readonly rows: readonly Row[]
}

export type Row = VerbRow | GroupRow

const seedRows: readonly Row[] = [
  {
    command: 'add <file..>',
    describe: 'learn files and keep them whatever the quota says',
    load: async () => (await import('./commands/pool/seed_add.ts')).seedAdd,
  },
]

const poolRows: readonly Row[] = [
  {
    command: 'init',
    describe: 'make the pool, where the defaults are not what you want',
    load: async () => (await import('./commands/pool/init.ts')).init,
  },
  {
    command: 'import <file..>',
    describe: 'learn files',
    load: async () => (await import('./commands/pool/import.ts')).importFiles,
  },
  {
    command: 'ls',
    describe: 'list what the pool holds',
    load: async () => (await import('./commands/pool/ls.ts')).ls,
  },
  {
    command: 'stats',
    describe: 'show how much the pool holds',
    load: async () => (await import('./commands/pool/stats.ts')).stats,
  },
  {
    command: 'verify',
    describe: 'read everything and report damage',
    load: async () => (await import('./commands/pool/verify.ts')).verify,
  },
  {
    command: 'repair',
    describe: 'make the index anew and drop what is damaged',
    load: async () => (await import('./commands/pool/repair.ts')).repair,
  },
  {
    command: 'sync <host>',
    describe: 'make this pool and that of HOST hold the same',
    load: async () => (await import('./commands/pool/sync.ts')).sync,
  },
  {
    command: 'seed',
    describe: 'content that both sides load beforehand',
    examples: ['pfs pool seed add base-model.safetensors', 'pfs pool seed add *.iso', 'pfs pool ls'],
    rows: seedRows,
  },
]

const configRows: readonly Row[] = [
  {
    command: 'init',
    describe: 'write a configuration file in which every setting is explained',
    load: async () => (await import('./commands/config/init.ts')).init,
  },
  {
    command: 'show',
    describe: 'what holds here, and with --origin where it comes from',
    load: async () => (await import('./commands/config/show.ts')).show,
  },
  {
    command: 'path',
    describe: 'where your configuration file is, or would be',
    load: async () => (await import('./commands/config/path.ts')).path,
  },
  {
    command: 'validate [file]',
    describe: 'check a configuration file, or those that would be read',
    load: async () => (await import('./commands/config/validate.ts')).validate,
  },
  {
    command: 'schema',
    describe: 'the JSON Schema of a configuration file, for editors',
    load: async () => (await import('./commands/config/schema.ts')).schema,
  },
]

const peersRows: readonly Row[] = [
  {
    command: 'ls',
    describe: 'list the peers we know',
    load: async () => (await import('./commands/peers/ls.ts')).ls,
  },
  {
    command: 'trust <id>',
    describe: 'accept files from a peer without asking',
    load: async () => (await import('./commands/peers/trust.ts')).trust,
  },
  {
    command: 'rm <word>',
    describe: 'forget a peer, by id, host or name',
    load: async () => (await import('./commands/peers/rm.ts')).rm,
  },
]

export const rows: readonly Row[] = [
  {
    command: 'send <word..>',
    describe: 'send files and directories to a machine where `pfs recv` runs',
    load: async () => (await import('./commands/send.ts')).send,
  },
  {
    command: 'recv',
    describe: 'wait for a file, and print the line to run on the other machine',
    load: async () => (await import('./commands/recv.ts')).recv,
  },
  {
    command: 'pool',
    describe: 'the content this machine holds: what need not travel again',
    examples: ['pfs pool stats', 'pfs pool import big.iso', 'pfs pool sync 192.168.1.7'],
    rows: poolRows,
  },
  {
    command: 'peers',
    describe: 'the machines we know, and which of them may send to us',
    examples: ['pfs peers ls', 'pfs peers trust PEER-ID --name laptop', 'pfs peers rm laptop'],
    rows: peersRows,
  },
  {
    command: 'config',
    describe: 'settings that hold without being said each time',
    examples: ['pfs config init', 'pfs config show --origin', 'pfs config validate'],
    rows: configRows,
  },
  {
    command: 'doctor [peer]',
    describe: 'what this machine, or the path to a peer, gives us and what to do where it could be better',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    command: 'version',
    describe: 'what this pfs is, and who we are to other peers',
    load: async () => (await import('./commands/version.ts')).showVersion,
  },
  {
    command: 'help [topic..]',
    describe: 'help on a command, or on exit-codes, events or env',
    load: async () => (await import('./commands/help.ts')).help,
  },
  {
    command: 'completion <shell>',
    describe: 'a script by which the shell completes what you type',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  {
    command: 'man [command..]',
    describe: 'the manual page of a command',
    load: async () => (await import('./commands/man.ts')).man,
  },
]

/** Every command in full, `pool seed add` for one: for completeness tests and suggestions. */
export function commandNames(of: readonly Row[] = rows, before = ''): string[] {
  return of.flatMap(row => {
    const name = before + (row.command.split(' ')[0] ?? '')
    return 'rows' in row ? commandNames(row.rows, `${name} `) : [name]
  })
}
