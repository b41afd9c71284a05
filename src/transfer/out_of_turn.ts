// What a message that may not come now is answered with: the connection closes. PROTOCOL.md §15.1-1, §15.11

import type { Violation } from '../wire/codes.ts'

export function outOfTurn(what: string): Violation {
  return { code: 'MESSAGE_ERROR', frameType: 0, reason: `${what} out of turn` }
}
