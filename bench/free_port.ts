// A port for two ends to agree on before either is bound, free for UDP and for TCP. It is chosen below the numbers that the
// system gives to whoever asks for any, so that between the choice and its use no socket of another process falls on it.

import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { type EventEmitter, once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Linux gives out 32,768 and up (ip_local_port_range), and services have the low numbers. */
const lowest = 10_240
const highest = 32_767

const hasSix = Object.values(networkInterfaces()).some(all => all?.some(({ family }) => family === 'IPv6'))

/** A machine on which so many in a row are taken has none to give. */
const choicesMax = 100

/** A port that nobody has at the moment, for either protocol. */
export async function freePort(): Promise<number> {
  for (let choice = 0; choice < choicesMax; choice++) {
    const port = randomInt(lowest, highest + 1)
    if ((await isFreeForUdp(port)) && (await isFreeForTcp(port))) return port
  }
  throw new Error(`no free port among ${choicesMax} from ${lowest} to ${highest}`)
}

/** Of both families, where the machine has both: one socket finds either. */
async function isFreeForUdp(port: number): Promise<boolean> {
  const socket = createSocket(hasSix ? 'udp6' : 'udp4')
  const isBound = await begins(socket, () => socket.bind(port))
  await new Promise<void>(resolve => socket.close(resolve))
  return isBound
}

async function isFreeForTcp(port: number): Promise<boolean> {
  const server = createServer()
  const isBound = await begins(server, () => server.listen(port))
  if (isBound) await new Promise(resolve => server.close(resolve))
  return isBound
}

/** Whether it listens, for a number that somebody has is an error of the socket. */
function begins(socket: EventEmitter, bind: () => unknown): Promise<boolean> {
  const listening = once(socket, 'listening')
  bind()
  return listening.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error
      return false
    },
  )
}
