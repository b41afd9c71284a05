// How a path that came from outside breaks the rules of the confined writer. Knows no file system.

/** Which rule a path broke: it is malformed, a component of it is a link, or it is no directory. */
export type ConfinedReason = 'malformed' | 'link' | 'not_a_directory'

export class ConfinedFault extends Error {
  override readonly name = 'ConfinedFault'
  readonly reason: ConfinedReason

  constructor(reason: ConfinedReason, path: string) {
    super(`${reason}: ${path}`)
    this.reason = reason
  }
}

/** The errno names of the rules, for those who are told errnos. */
export const reasonErrnos = {
  malformed: 'EINVAL',
  link: 'ELOOP',
  not_a_directory: 'ENOTDIR',
} as const satisfies Record<ConfinedReason, string>
