import { expect, test } from 'vitest'
import { start } from '../support/processes.ts'

const MAIN = 'apps/runner/src/calibrate/main.ts'
const SHORT = ['--streams', '2', '--rounds', '1', '--rate', '100', '--chunks', '20', '--json']

type Printed = {
  firstToken: { count: number; p99Ms: number }
  gaps: { count: number }
  stamps: { count: number; minMs: number }
  runs: number
  failedRuns: number
  passed: boolean
}

test('every stamp of every run is compared with the moment of its write', async () => {
  const calibrate = start(MAIN, [...SHORT, '--limit', '10000'], {})
  expect(await calibrate.ended).toBe(0)
  const printed = JSON.parse(calibrate.stdout()) as Printed
  expect(printed).toMatchObject({ runs: 2, failedRuns: 0, passed: true })
  expect([printed.firstToken.count, printed.gaps.count]).toEqual([2, 38])
  expect(printed.stamps.count).toBe(40)
  // A stamp is taken after the write it belongs to, or shared for a millisecond: an earlier one would mean two clocks.
  expect(printed.stamps.minMs).toBeGreaterThanOrEqual(-1)
}, 60_000)

test('an error above the limit is exit code 1', async () => {
  const calibrate = start(MAIN, [...SHORT, '--limit', '0.000001'], {})
  expect(await calibrate.ended).toBe(1)
  expect(JSON.parse(calibrate.stdout())).toMatchObject({ passed: false })
}, 60_000)

test('a limit that is no number is named', async () => {
  const calibrate = start(MAIN, ['--limit', 'low'], {})
  expect(await calibrate.ended).toBe(2)
  expect(calibrate.stderr()).toContain(
    "option '--limit <ms>' argument 'low' is invalid. Accepted: a number over 0.",
  )
})
