import { setTimeout as later } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, expect, test } from 'vitest'
import { createQualityMonitor } from '../src/quality.ts'

const monitor = createQualityMonitor()
afterAll(() => monitor.close())

function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('a busy loop of 50 ms taints the run', async () => {
  const watch = monitor.watch()
  await later(30)
  block(50)
  await later(30)
  const quality = await watch.finish()
  expect(quality.event_loop_delay_max_ms).toBeGreaterThan(25)
  expect(quality.tainted).toContain('event_loop_delay')
})

test('a busy loop that lasts to the end of the run taints it too', async () => {
  const watch = monitor.watch()
  await later(30)
  block(50)
  expect((await watch.finish()).tainted).toContain('event_loop_delay')
})

test('what delayed the opening of the connection does not taint the run', async () => {
  const watch = monitor.watch()
  await later(30)
  block(50)
  await later(30)
  watch.restart()
  await later(30)
  const { event_loop_delay_max_ms: delayMs } = await watch.finish()
  expect(delayMs).toBeLessThan(45)
})

test('a garbage collection in the window is seen', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const watch = monitor.watch()
  collectGarbage()
  await later(10)
  expect((await watch.finish()).gc_pause_max_ms).toBeGreaterThan(0)
})

test.each([3_600_000, -3_600_000])('a wall clock that steps by %i ms taints the run', async (stepMs) => {
  let shiftMs = 0
  const stepped = createQualityMonitor(() => Date.now() + shiftMs)
  const watch = stepped.watch()
  await later(10)
  shiftMs = stepMs
  expect((await watch.finish()).tainted).toContain('clock_step')
  stepped.close()
})
