// A congestion controller as people write it: by name, or `fixed:10M`, a rate in bytes a second. Pure.

import { type Congestion, type ControllerName, controllers } from '../proto/congestion/index.ts'
import { sizeOf } from './quantities.ts'

/** Slower than this, an acknowledgement of what came takes longer than a peer is waited for. */
const bytesPerSecondMin = 1024

/** undefined: it is none. */
export function congestionOf(text: string): Congestion | undefined {
  if (Object.hasOwn(controllers, text)) return text as ControllerName
  const [, rate] = /^fixed:(.+)$/.exec(text) ?? []
  const bytesPerSecond = rate === undefined ? undefined : sizeOf(rate.replace(/\/s$/, ''))
  return bytesPerSecond === undefined || bytesPerSecond < bytesPerSecondMin ? undefined : { bytesPerSecond }
}
