import { expect, test } from 'vitest'
import { createQuiet } from '../src/quiet.ts'

test('work waits until the last stream has ended', async () => {
  const quiet = createQuiet(60_000)
  const endOne = quiet.streaming()
  const endOther = quiet.streaming()
  const said: string[] = []
  const work = quiet.moment().then(() => said.push('work'))
  endOne()
  await quietTurns()
  said.push('other ends')
  endOther()
  await work
  expect(said).toEqual(['other ends', 'work'])
})

test('work does not wait for ever for streams that go on', async () => {
  const quiet = createQuiet(1)
  quiet.streaming()
  await expect(quiet.moment()).resolves.toBeUndefined()
})

test('of works that wait for the same moment, one is done in each turn', async () => {
  const quiet = createQuiet(60_000)
  const end = quiet.streaming()
  const turns: number[] = []
  let turn = 0
  const works = [1, 2, 3].map(() => quiet.moment().then(() => turns.push(turn)))
  end()
  for (; turns.length < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  await Promise.all(works)
  expect(new Set(turns).size).toBe(3)
})

async function quietTurns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
