import { expect, test } from 'vitest'
import { afterRefusal, NOT_BLOCKED } from '../src/provider-block.ts'

const HOUR = 3_600_000

test('a refused key makes the whole provider wait an hour, and each further probe another one', () => {
  const blocked = afterRefusal(NOT_BLOCKED, 'a', 'key', 0)
  expect(blocked.probeMs).toBe(HOUR)
  expect(afterRefusal(blocked, 'b', 'unclear', HOUR).probeMs).toBe(2 * HOUR)
  expect(afterRefusal(blocked, 'b', 'none', HOUR)).toEqual(NOT_BLOCKED)
})

test('one model that its account may not use does not stop the others; a second one does', () => {
  const once = afterRefusal(NOT_BLOCKED, 'a', 'model', 0)
  expect(once.probeMs).toBeNull()
  expect(afterRefusal(once, 'a', 'model', 5).probeMs).toBeNull()
  expect(afterRefusal(once, 'b', 'model', 5).probeMs).toBe(HOUR + 5)
  expect(afterRefusal(afterRefusal(once, 'b', 'none', 5), 'c', 'model', 9).probeMs).toBeNull()
})
