import { expect, test, vi } from 'vitest'
import type { Fault } from './support/faulty-proxy.ts'
import { startRunner } from './support/processes.ts'
import { seeded } from './support/seeded.ts'
import { outboxIds, printedIds, startWorld, storedIds } from './support/world.ts'

test('kill -9 between the commit and the answer: after a restart every result is stored once', async () => {
  const world = await startWorld()
  const { proxy, environment } = world
  proxy.decide = (path) => (path === '/ingest/batch' ? 'hold' : null)
  const runner = startRunner(['--provider', 'groq', '--json'], environment)
  await vi.waitUntil(() => proxy.answers.length > 0, { timeout: 30_000 })
  runner.child.kill('SIGKILL')
  await runner.ended
  const generated = printedIds(runner.stdout())
  expect(generated).toHaveLength(2)
  expect(storedIds(world).sort()).toEqual([...generated].sort())

  proxy.decide = () => null
  const again = startRunner(['--provider', 'groq', '--json'], environment)
  expect(await again.ended).toBe(0)
  const all = [...generated, ...printedIds(again.stdout())]
  expect(storedIds(world).sort()).toEqual(all.sort())
  const resent = JSON.parse(proxy.answers[1]?.body ?? '{}') as { results: { verdict: string }[] }
  expect(resent.results.map(({ verdict }) => verdict)).toEqual(['duplicate', 'duplicate'])
}, 90_000)

test('a daemon killed at random behind a proxy that loses answers loses nothing and stores nothing twice', async () => {
  const world = await startWorld()
  const { proxy, environment } = world
  const random = seeded(20_261_124)
  const faults: Fault[] = ['reset', 'truncate', 'unavailable', null, null]
  proxy.decide = () => faults[Math.floor(random() * faults.length)] ?? null
  const generated: string[] = []
  for (let round = 0; round < 3; round++) {
    const daemon = startRunner(
      ['--provider', 'groq', '--daemon', '--interval', '0.01', '--json'],
      environment,
    )
    const lines = 1 + Math.floor(random() * 4)
    await vi.waitUntil(() => printedIds(daemon.stdout()).length >= lines, { timeout: 30_000, interval: 5 })
    daemon.child.kill('SIGKILL')
    await daemon.ended
    generated.push(...printedIds(daemon.stdout()))
  }
  proxy.decide = () => null
  const last = startRunner(['--provider', 'groq', '--json'], environment)
  expect(await last.ended).toBe(0)
  const stored = storedIds(world)
  expect(new Set(stored).size).toBe(stored.length)
  // What was committed but not yet printed when the kill came is stored as well.
  expect(stored).toEqual(expect.arrayContaining([...generated, ...printedIds(last.stdout())]))
  expect(outboxIds(world.stateDirectory)).toEqual([])
}, 120_000)
