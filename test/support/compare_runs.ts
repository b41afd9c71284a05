// Runs and sessions of `make compare` as tests want them: one that is right in every way, and what differs from it.

import { type RunFacts, type Session, schemaVersion } from '../../bench/compare/schema.ts'

export const run = (differs: Partial<RunFacts> = {}): RunFacts => ({
  scenario: 'wan',
  workload: 'random',
  contender: 'pfs',
  round: 0,
  attempt: 0,
  ending: 'done',
  seconds: 1,
  transferSeconds: 0.9,
  contentBytes: 1_000_000,
  reusedBytes: 0,
  out: { packets: 700, ipBytes: 1_030_000 },
  back: { packets: 30, ipBytes: 2_000 },
  arrivedBytes: 1_030_000,
  retransmittedShare: 0,
  senderCpuSeconds: 0.1,
  receiverCpuSeconds: 0.2,
  senderRssBytes: 80e6,
  receiverRssBytes: 90e6,
  senderAnonBytes: 60e6,
  receiverAnonBytes: 70e6,
  foreignProcessors: 0.01,
  lateMicros99: 80,
  disturbances: [],
  isIdentical: true,
  congestion: null,
  note: '',
  arrivals: [
    [0, 0],
    [0.5, 500_000],
    [1, 1_030_000],
  ],
  ...differs,
})

/** One per time. */
export const runs = (seconds: readonly number[], differs: Partial<RunFacts> = {}): RunFacts[] =>
  seconds.map((took, round) => run({ ...differs, seconds: took, round }))

export function session(all: readonly RunFacts[], differs: Partial<Session> = {}): Session {
  const names = [...new Set(all.map(({ contender }) => contender))]
  const groups = new Map(
    all.map(({ scenario, workload }) => [`${scenario} ${workload}`, { scenario, workload }]),
  )
  return {
    schema: schemaVersion,
    startedAt: '2026-01-01T00:00:00.000Z',
    form: 'quick',
    rounds: 3,
    capSeconds: 12,
    machine: {
      kernel: 'Linux 6',
      processor: 'a processor',
      processors: 2,
      memoryBytes: 8e9,
      node: 'v20',
      commit: 'abc',
      scratch: 'ext2/ext3',
    },
    lines: [...new Set(all.map(({ scenario }) => scenario))].map(name => ({
      name,
      why: 'for a test',
      rateMegabits: 200,
      rttMillis: 80,
      lossPercent: 0.1,
      mtuBytes: 1500,
      counts: 'emulator' as const,
      offloads: 'none',
      congestion: ['bbr', 'bbr'] as const,
      tcpBuffers: '4096 131072 67108864',
    })),
    workloads: [...groups.values()].map(({ scenario, workload }) => ({
      name: workload,
      title: `what ${workload} is`,
      scenario,
      sizeBytes: 1_000_000,
      fileCount: 1,
      seed: 1,
      zstdShare: null,
    })),
    contenders: names.map(name => ({
      name,
      version: '1',
      isEncrypted: true,
      isSynced: true,
      isMemory: false,
    })),
    runs: all,
    ...differs,
  }
}
