import { expect, test } from 'vitest'
import { compareWithCatalogue } from '../../src/models/compare.ts'
import type { CatalogRow, DiscoveryRun } from '../../src/store/listings.ts'
import { secondsAgo } from '../support/documents.ts'

const rowOf = (modelId: string, seconds: number, changes: Partial<CatalogRow> = {}): CatalogRow => ({
  modelId,
  name: null,
  raw: {},
  firstSeenAt: secondsAgo(1000),
  lastSeenAt: secondsAgo(seconds),
  changedAt: null,
  changedFields: [],
  ...changes,
})

/** A reading that began just before the models that were seen so many seconds ago. */
const runOf = (seconds: number, complete = true, runnerId: string | null = null): DiscoveryRun => ({
  at: secondsAgo(seconds + 0.5),
  complete,
  rawCount: 1,
  newCount: 0,
  reason: null,
  runnerId,
})

/** `state model_id` of every difference. */
function compare(
  catalogue: readonly Record<string, unknown>[],
  rows: readonly CatalogRow[],
  runs: readonly DiscoveryRun[],
): string[] {
  const now = new Date()
  const comparison = { provider: 'groq', catalogue, rows, runs, now, changedSince: secondsAgo(600) }
  return compareWithCatalogue(comparison).map(({ state, modelId }) => `${state} ${modelId}`)
}

const enabled = (modelId: string) => ({ model_id: modelId, enabled: true })

test('only enabled models are missed; what people wrote by hand breaks nothing', () => {
  const catalogue = [
    enabled('on'),
    { model_id: 'off', enabled: false },
    { model_id: 'old', enabled: true, deprecated: true },
    { model_id: 'odd', enabled: 'yes' },
    { enabled: true },
    { model_id: 7, enabled: true },
  ]
  const rows = ['on', 'off', 'old', 'odd'].map((id) => rowOf(id, 500))
  expect(compare(catalogue, rows, [runOf(100), runOf(200), runOf(300)])).toEqual(['gone on'])
  expect(compare(catalogue, [], [runOf(100)])).toEqual(['unlisted on'])
})

test('a disabled model that is listed is not new', () => {
  expect(compare([{ model_id: 'off', enabled: false }], [rowOf('off', 100)], [runOf(100)])).toEqual([])
})

test('partial readings count neither for nor against', () => {
  const partial = [runOf(100, false), runOf(200, false), runOf(300, false)]
  expect(compare([enabled('a')], [rowOf('a', 500)], partial)).toEqual([])
  expect(compare([enabled('a')], [rowOf('a', 500)], [...partial, runOf(400)])).toEqual(['absent a'])
  expect(compare([enabled('a')], [], partial)).toEqual([])
})

test('a model that is not listed any more and was never wanted is no news', () => {
  expect(compare([], [rowOf('a', 500), rowOf('b', 100)], [runOf(100), runOf(300)])).toEqual(['new b'])
})

test('a change is news for a while', () => {
  const changed = (seconds: number) =>
    rowOf('a', 100, { changedAt: secondsAgo(seconds), changedFields: ['context_window'] })
  expect(compare([enabled('a')], [changed(500)], [runOf(100)])).toEqual(['changed a'])
  expect(compare([enabled('a')], [changed(700)], [runOf(100)])).toEqual([])
})

test('two spellings of one model: the exact one counts', () => {
  const rows = [rowOf('Org/M', 500), rowOf('org/m', 100)]
  expect(compare([enabled('org/m')], rows, [runOf(100)])).toEqual([])
  expect(compare([enabled('ORG/M')], [rows[1] as CatalogRow], [runOf(100)])).toEqual(['changed ORG/M'])
})

test('of two runners the one that sees a model counts, as long as it reads', () => {
  const hour = 3600
  const east = (hours: number, complete = true) => runOf(hours * hour, complete, 'east')
  const west = (hours: number, complete = true) => runOf(hours * hour, complete, 'west')
  const state = (runs: readonly DiscoveryRun[], seenHoursAgo: number) =>
    compare([enabled('a')], [rowOf('a', seenHoursAgo * hour)], runs)
  // West never sees it, reads often, and east's last readings were cut.
  const often = [west(1), west(2), east(3, false), west(4), west(5), east(15, false), east(27), west(28)]
  expect(state(often, 27)).toEqual([])
  // Three runners read while the provider makes one mistake.
  const mistake = [east(1), west(1.1), runOf(1.2 * hour, true, 'south'), east(13), west(13.1)]
  expect(state(mistake, 12)).toEqual(['absent a'])
  // Both have missed it three times.
  expect(state([east(1), west(2), east(13), west(14), east(25), west(26), east(37)], 36)).toEqual(['gone a'])
  // East reads no more.
  expect(state([west(1), west(13), west(25), east(38)], 38)).toEqual(['gone a'])
})
