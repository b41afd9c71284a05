// What to do next, for each failure that did not say it itself: whoever threw may know better, and nobody leaves the
// user with a sentence and no way on. Knows codes, no commands' workings.

import type { PfsCode } from '../base/errors.ts'

const resume = 'Run the same command again: what has arrived is kept.'

/** One sentence each. A missing row does not compile. */
export const nextSteps: Readonly<Record<PfsCode, string>> = {
  PFS_INTERNAL: 'Please report it, with what -v prints.',
  PFS_USAGE: 'See: pfs --help',
  PFS_BAD_CONFIG: 'Put that right: `pfs config validate` checks it, and --no-config does without it.',
  PFS_PORT: 'Choose another one with -p PORT.',
  PFS_PARTIAL: 'Each of them is named above with its reason; run the same command again for those.',
  PFS_LIMIT: 'Run the same command again to go on from here, or raise --max-transfer.',
  PFS_NOT_FOUND: 'Check the spelling, and whether it is there.',
  PFS_READ: 'See whether it can be read, and run the same command again.',
  PFS_REFUSED: 'Have it accept you there: pfs recv --allow, with the peer id that `pfs version` prints here.',
  PFS_KEY_CHANGED: 'Compare its fingerprint with what it shows; `pfs peers rm HOST` forgets the old key.',
  PFS_UNREACHABLE:
    'See whether pfs recv runs there and a firewall lets its port through, UDP at best, or TCP.',
  PFS_STALLED: resume,
  PFS_CORRUPT: 'Run the same command again; if it happens again, run `pfs pool verify` on both machines.',
  PFS_SOURCE_CHANGED: 'Run the same command again once nobody writes to it.',
  PFS_PROTOCOL: 'See whether both sides run the same version of pfs.',
  PFS_DISK_FULL: 'Make room there and run the same command again: what has arrived is kept.',
  PFS_WRITE: 'See whether its directory is there and may be written to, or receive into another with -o DIR.',
  PFS_EXISTS: 'Receive with --on-conflict overwrite to replace it, or into another directory with -o DIR.',
  PFS_POOL: 'Run `pfs pool verify`, then `pfs pool repair`.',
  PFS_WRONG_SEED: 'Make a pool there with the seed of the other one: `pfs pool init --seed-file FILE`.',
  PFS_LOCKED: 'Wait until the other process has ended, and run the same command again.',
  PFS_VERSION: 'Bring both sides to the same version of pfs.',
  PFS_CANCELLED: resume,
  PFS_INTERRUPTED: resume,
}
