// pfs version: what runs here, and who we are to other peers. Makes our key if there is none yet.

import { fingerprint, formatPeerId } from '../../crypto/identity.ts'
import { native } from '../../host/addon.ts'
import { createPrimitives } from '../../host/primitives.ts'
import { randomBytes } from '../../host/random.ts'
import { loadIdentity } from '../../transfer/identity.ts'
import { verb } from '../verb.ts'
import { version } from '../version.ts'

export const showVersion = verb({
  examples: ['pfs version', 'pfs version --json', 'pfs --version'],
  options: argv => argv,
  run: async (_args, { terminal, directories }) => {
    const { keys } = loadIdentity(directories.config, await createPrimitives(), randomBytes)
    const id = formatPeerId(keys.publicKey)
    const print = fingerprint(keys.publicKey)
    const isNative = native().addon !== undefined
    const node = process.version.slice(1)
    terminal.result(`pfs ${version()}`)
    terminal.result(`peer id      ${id}`)
    terminal.result(`fingerprint  ${print}`)
    terminal.result(`native       ${isNative ? 'on' : 'off'}`)
    terminal.result(`node         ${node}`)
    terminal.document({ version: version(), peer_id: id, fingerprint: print, native: isNative, node })
  },
})
