import { expect, test } from 'vitest'
import { createFloor } from '../../src/calibrate/floor.ts'

const NEVER = new AbortController().signal
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Whether the promise has settled by now. */
async function isSettled(work: Promise<unknown>): Promise<boolean> {
  let settled = false
  void work.then(() => (settled = true))
  for (let n = 0; n < 5; n++) await turn()
  return settled
}

test('many may be in at once; who wants the floor alone waits for all of them, and who comes then waits for it', async () => {
  const floor = createFloor()
  const leaves = [await floor.enter(NEVER), await floor.enter(NEVER)]
  const alone = floor.takeAlone(NEVER)
  const late = floor.enter(NEVER)
  leaves[0]?.()
  expect([await isSettled(alone), await isSettled(late), floor.inside()]).toEqual([false, false, 1])
  leaves[1]?.()
  const open = await alone
  expect([await isSettled(late), floor.inside()]).toEqual([false, 0])
  open?.()
  expect(await late).not.toBeNull()
  expect(floor.inside()).toBe(1)
})

test('a stop ends every wait, and lets those in who come after a floor that was never had', async () => {
  const floor = createFloor()
  const leave = await floor.enter(NEVER)
  const stop = new AbortController()
  const alone = floor.takeAlone(stop.signal)
  const late = floor.enter(stop.signal)
  stop.abort()
  expect(await alone).toBeNull()
  expect(await late).toBeNull()
  expect(await floor.enter(NEVER)).not.toBeNull()
  leave?.()
  expect(floor.inside()).toBe(1)
})

test('who wants the floor alone while another has it waits until that one has left', async () => {
  const floor = createFloor()
  const first = await floor.takeAlone(NEVER)
  const second = floor.takeAlone(NEVER)
  const late = floor.enter(NEVER)
  expect([await isSettled(second), await isSettled(late)]).toEqual([false, false])
  first?.()
  for (const next of [second, late]) void next.then((leave) => leave?.())
  expect([await second, await late]).not.toContain(null)
  expect(floor.inside()).toBe(0)
})
