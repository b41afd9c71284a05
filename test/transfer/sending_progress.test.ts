// How far an object is, as its sender tells it.

import { expect, test } from 'vitest'
import { SendingAmounts } from '../../src/transfer/sending_progress.ts'

test('what the receiver said is done stays done, bytes and files alike', () => {
  const amounts = new SendingAmounts()
  amounts.fileEnds = Float64Array.of(100, 200, 300)
  expect(amounts.progress(250, 300, 0, 250)).toMatchObject({ doneBytes: 250, doneFiles: 2 })
  // our own count is behind its
  amounts.onPlanned(150, 0)
  expect(amounts.progress(amounts.doneBytes, 300, 0, 150)).toMatchObject({ doneBytes: 250, doneFiles: 2 })
  expect(amounts.progress(300, 300, 0, 300)).toMatchObject({ doneBytes: 300, doneFiles: 3 })
})
