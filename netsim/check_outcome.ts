// What a check of the link emulator is: a link, something done over it, and a verdict that the emulator's own counters
// may withdraw.

import { type Lab, type LabCounters, makeLab } from './lab.ts'
import type { LinkProfile } from './profiles.ts'

export interface Check {
  readonly name: string
  readonly link: Partial<LinkProfile>
  run(lab: Lab): Promise<Seen>
}

export interface Seen {
  readonly isRight: boolean
  readonly figures: string
  /** Why this proves nothing. Default: what the lab says. */
  readonly noise?: string | undefined
  /** Counts that no lateness can change: never noisy. */
  readonly isCount?: boolean
}

export interface Outcome {
  readonly verdict: 'right' | 'wrong' | 'too noisy'
  readonly figures: string
}

/** Fixed: a count is the same in every run. */
const seed = 1

/** A link that does nothing but what is said. */
const nothing: LinkProfile = {
  name: 'check',
  why: 'one effect alone',
  rateMegabits: Number.POSITIVE_INFINITY,
  delayMillis: 0,
  queueBytes: 1_000_000,
}

export async function overLink(check: Check): Promise<Outcome> {
  const lab = await makeLab({ ...nothing, ...check.link }, seed, { name: 'check' })
  try {
    const { isRight, figures, isCount = false, noise } = await check.run(lab)
    const counters = await lab.counters()
    if (isRight) return { verdict: 'right', figures: `${figures}${lateness(counters)}` }
    const why = noise ?? (isCount ? undefined : counters.noise)
    if (why === undefined) return { verdict: 'wrong', figures: `${figures}${lateness(counters)}` }
    return { verdict: 'too noisy', figures: `${figures}: ${why}` }
  } finally {
    await lab.close()
  }
}

function lateness({ forth, back }: LabCounters): string {
  const worse = forth.latenessMicros.p99 > back.latenessMicros.p99 ? forth : back
  const { p50, p99, max } = worse.latenessMicros
  return `  (late ${p50.toFixed(0)}/${p99.toFixed(0)}/${max.toFixed(0)} µs)`
}
