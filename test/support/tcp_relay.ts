// The same path for TCP: carries connections over loopback, and can be cut once so much has passed. Understands nothing of what
// it carries.

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

const address = '127.0.0.1'

export class TcpRelay {
  readonly port: number
  /** Connections that came. */
  connections = 0
  carriedBytes = 0
  readonly #server: Server
  readonly #ends = new Set<Socket>()
  #cutAt = Number.POSITIVE_INFINITY
  #onCut: (() => void) | undefined

  private constructor(server: Server, serverPort: number) {
    this.#server = server
    this.port = (server.address() as { port: number }).port
    server.on('connection', client => {
      this.connections++
      const back = connect({ host: address, port: serverPort })
      this.#join(client, back)
      this.#join(back, client)
    })
  }

  /** @param port 0: the system chooses */
  static async open(serverPort: number, port = 0): Promise<TcpRelay> {
    const server = createServer()
    server.listen(port, address)
    await once(server, 'listening')
    return new TcpRelay(server, serverPort)
  }

  /** Ends every connection once so many bytes more have passed, and says when. */
  cutAfter(bytes: number): Promise<void> {
    this.#cutAt = this.carriedBytes + bytes
    return new Promise(resolve => {
      this.#onCut = resolve
    })
  }

  cut(): void {
    this.#cutAt = Number.POSITIVE_INFINITY
    for (const end of this.#ends) end.destroy()
    this.#onCut?.()
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #join(from: Socket, to: Socket): void {
    this.#ends.add(from)
    from.on('error', () => {})
    from.on('data', ({ length }) => {
      this.carriedBytes += length
      if (this.carriedBytes >= this.#cutAt) this.cut()
    })
    from.once('close', () => {
      this.#ends.delete(from)
      to.destroy()
    })
    from.pipe(to)
  }
}
