// More peers than a listener has room for: the last ones are told so, and the others do not notice.

import { expect, test } from 'vitest'
import { Owner, world } from './pair.ts'

test('a listener that has room for two takes two, tells the third, and has room again once one has gone', async () => {
  const here = await world({ linksMax: 2 })
  const first = new Owner(await here.connect())
  const second = new Owner(await here.connect())
  await here.arrived(2)
  const third = new Owner(await here.connect())
  await third.until(() => third.closed !== undefined)
  expect(third.closed?.error).toMatchObject({ code: 'PFS_REFUSED', retryable: true })
  expect(here.owners).toHaveLength(2)
  expect([first.closed, second.closed]).toEqual([undefined, undefined])
  await first.link.finish()
  await here.owners[0]!.until(() => here.owners[0]!.closed !== undefined)
  new Owner(await here.connect())
  await here.arrived(3)
  await here.listener.close()
})
