// What send, recv and sync hand to the transfer floor alike.

import type { CommonOptions } from '../../transfer/events.ts'
import type { Follower } from '../follow.ts'
import type { Context } from '../verb.ts'

export function commonOptions(context: Context, follower: Follower, signal: AbortSignal): CommonOptions {
  const { learn, suite, stallMicros, connectMicros } = context.settings
  return {
    directories: context.directories,
    onEvent: follower.onEvent,
    signal,
    learn,
    ...(suite === undefined ? {} : { suite }),
    ...(stallMicros === undefined ? {} : { stallMicros }),
    ...(connectMicros === undefined ? {} : { connectMicros }),
  }
}
