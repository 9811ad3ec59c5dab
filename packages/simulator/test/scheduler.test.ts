import fc from 'fast-check'
import { expect, test } from 'vitest'
import { monotonicNs } from '../src/clock.ts'
import { createScheduler } from '../src/scheduler.ts'

test('tasks run in the order of their moments, equals as they came, none early', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 8_000 }), { minLength: 1, maxLength: 200 }),
      async (delaysUs) => {
        const scheduler = createScheduler()
        const startNs = monotonicNs()
        const ran: { delayUs: number; index: number; earlyNs: bigint }[] = []
        await new Promise<void>((resolve) => {
          for (const [index, delayUs] of delaysUs.entries()) {
            const dueNs = startNs + BigInt(delayUs) * 1000n
            scheduler.at(dueNs, () => {
              ran.push({ delayUs, index, earlyNs: dueNs - monotonicNs() })
              if (ran.length === delaysUs.length) resolve()
            })
          }
        })
        const expected = delaysUs
          .map((delayUs, index) => ({ delayUs, index }))
          .sort((one, other) => one.delayUs - other.delayUs || one.index - other.index)
        expect(ran.map(({ delayUs, index }) => ({ delayUs, index }))).toEqual(expected)
        expect(ran.every(({ earlyNs }) => earlyNs <= 0n)).toBe(true)
      },
    ),
    { numRuns: 40 },
  )
})

test('a cancelled task does not run, and one for an earlier moment overtakes the timer', async () => {
  const scheduler = createScheduler()
  const startNs = monotonicNs()
  const ran: string[] = []
  await new Promise<void>((resolve) => {
    scheduler.at(startNs + 60_000_000n, resolve)
    const cancelled = scheduler.at(startNs + 20_000_000n, () => ran.push('cancelled'))
    scheduler.at(startNs + 5_000_000n, () => ran.push('early'))
    cancelled.cancelled = true
  })
  expect(ran).toEqual(['early'])
})

test('sockets and timers are served while many tasks are due', async () => {
  const scheduler = createScheduler()
  let left = 10_000
  let leftAtTurn: number | undefined
  await new Promise<void>((resolve) => {
    const again = (): void => {
      left -= 1
      if (left === 0) resolve()
      else scheduler.at(0n, again)
    }
    scheduler.at(0n, again)
    setTimeout(() => (leftAtTurn = left), 1)
  })
  expect(leftAtTurn).toBeGreaterThan(0)
})
