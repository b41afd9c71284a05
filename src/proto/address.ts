// Where a peer is, as the host names it. Opaque to the core: compared, never read.

export interface Address {
  readonly host: string
  readonly port: number
}

export function isSameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host
}
