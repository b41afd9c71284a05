// A tree's list has come: what was built of it is closed, and nobody listens for it any more. A listener holds on to a whole
// connection.

import { expect, test } from 'vitest'
import { make, open, stats } from './door.ts'
import { blob, say, settle, size } from './session.ts'

test('of a list that has come nobody listens any more', async () => {
  const { link, storage, build } = make({ verdict: { ...open, state: 'list' } })
  link.hear(say.offer({ kind: 'tree', list: { blob, size } }))
  await settle()
  expect(link.words).toEqual(['answer'])
  expect(storage.listeners).toBe(1)
  // the second look waits for ever: only the list's own build is of interest
  let isAsked = false
  const call = storage.call.bind(storage)
  storage.call = (method, args) => {
    if (method !== 'look') return call(method, args)
    isAsked = true
    return new Promise(() => {})
  }
  build({ kind: 'done', blob, stats })
  await settle()
  expect(isAsked).toBe(true)
  expect(storage.count('closeBuild')).toBe(1)
  expect(storage.listeners).toBe(0)
})
