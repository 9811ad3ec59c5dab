/** Row 1: the real runner ends by SIGKILL at one step of a result's way, and starts again. */
import { expect, test } from 'vitest'
import { startRunner } from '../support/processes.ts'
import { outboxIds, printedIds, startWorld, storedIds } from '../support/world.ts'

const PRELOAD = new URL('../breaks/preload.ts', import.meta.url).href
const CYCLE = ['--provider', 'groq', '--models', 'model-a', '--json']

/** One life after the other on one outbox: what is there and in the store when each is over, and what it told. */
const LIVES = [
  { way: 'dies-before-commit', outbox: 0, stored: 0, told: 0 },
  { way: 'dies-after-commit', outbox: 1, stored: 0, told: 0 },
  // It measures another one, and the answer on both has come.
  { way: 'dies-before-delete', outbox: 2, stored: 2, told: 1 },
  // Those two are duplicates and go; the third has not been sent.
  { way: 'dies-after-delete', outbox: 1, stored: 2, told: 1 },
]

test('row 1: a runner killed before and after a commit and a delete loses nothing and stores nothing twice', async () => {
  const world = await startWorld()
  const generated = new Set<string>()
  for (const { way, ...expected } of LIVES) {
    const runner = startRunner(CYCLE, world.environment, [`${PRELOAD}?break=${way}`])
    await runner.ended
    expect([way, runner.child.signalCode]).toEqual([way, 'SIGKILL'])
    const [left, told] = [outboxIds(world.stateDirectory), printedIds(runner.stdout())]
    const counts = { outbox: left.length, stored: storedIds(world).length, told: told.length }
    expect({ way, ...counts }).toEqual({ way, ...expected })
    for (const id of [...left, ...told]) generated.add(id)
  }
  const last = startRunner(CYCLE, world.environment)
  expect([await last.ended, outboxIds(world.stateDirectory)]).toEqual([0, []])
  for (const id of printedIds(last.stdout())) generated.add(id)
  expect(generated.size).toBe(4)
  expect(storedIds(world).sort()).toEqual([...generated].sort())
}, 120_000)
