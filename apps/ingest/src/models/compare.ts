import { bedrockObstacle } from '@llmbench/providers/bedrock-rows'
import { checkModelId } from '@llmbench/providers/model-id'
import type { CatalogRow, DiscoveryRun } from '../store/listings.ts'
import type { CatalogueDocument } from '../store/store.ts'

/**
 * `new`: listed and not in the catalogue. `changed`: in the catalogue, and its row says something else than before.
 * `absent`: enabled, and missing from the newest complete readings, fewer than three. `gone`: from three or more.
 * `unlisted`: enabled, and never seen on a list.
 */
export type DifferenceState = 'new' | 'changed' | 'absent' | 'gone' | 'unlisted'

export type Difference = {
  readonly state: DifferenceState
  readonly modelId: string
  readonly name: string | null
  readonly firstSeenAt: Date | null
  readonly lastSeenAt: Date | null
  /** Complete readings since it was seen last; 0 while it is listed. */
  readonly absentReads: number
  readonly note: string
}

/** So many complete readings in a row must miss a model before it counts as gone: one may be the provider's mistake. */
const READS_UNTIL_GONE = 3

/** A runner that has not read to the end for so long, three readings, has no voice any more. */
const STILL_READING_MS = 36 * 3_600_000

export type Comparison = {
  readonly provider: string
  readonly catalogue: readonly CatalogueDocument[]
  readonly rows: readonly CatalogRow[]
  /** The newest first. */
  readonly runs: readonly DiscoveryRun[]
  readonly now: Date
  /** Changes before that are old news. */
  readonly changedSince: Date
}

/** What the provider's list and the catalogue do not agree on. Nothing follows from it by itself. */
export function compareWithCatalogue(comparison: Comparison): Difference[] {
  const { catalogue, rows } = comparison
  const entries = catalogue.filter((entry) => typeof entry['model_id'] === 'string')
  const inCatalogue = new Set(entries.map((entry) => fold(String(entry['model_id']))))
  const unknown = rows.filter(
    (row) => !inCatalogue.has(fold(row.modelId)) && absentReads(comparison, row) === 0,
  )
  return [
    ...unknown.map((row) => describe('new', row, 0, obstacleOf(comparison, row.modelId))),
    ...entries.flatMap((entry) => differenceOf(comparison, entry) ?? []),
  ].toSorted(byStateAndId)
}

function differenceOf(comparison: Comparison, entry: CatalogueDocument): Difference | null {
  const { rows, runs, changedSince } = comparison
  const modelId = String(entry['model_id'])
  const enabled = entry['enabled'] === true && entry['deprecated'] !== true
  const row =
    rows.find((each) => each.modelId === modelId) ?? rows.find((each) => fold(each.modelId) === fold(modelId))
  if (row === undefined) {
    const reads = runs.filter(({ complete }) => complete).length
    const note = `never listed in ${reads} complete readings`
    return enabled && reads > 0 ? { ...describe('unlisted', null, 0, note), modelId } : null
  }
  const missed = absentReads(comparison, row)
  if (missed > 0) {
    const state = missed >= READS_UNTIL_GONE ? 'gone' : 'absent'
    const note = `missing from the last ${missed} complete readings`
    return enabled ? { ...describe(state, row, missed, note), modelId } : null
  }
  if (row.modelId !== modelId) return { ...describe('changed', row, 0, `listed as ${row.modelId}`), modelId }
  if (row.changedAt === null || row.changedAt < changedSince) return null
  return describe('changed', row, 0, `other than before: ${row.changedFields.join(', ')}`)
}

/**
 * How many complete readings in a row each runner has made without the model, of the runner that made the fewest:
 * another one may never see it, or read three times while the provider makes one mistake. Partial readings count
 * neither for nor against: what they do not name may still be there.
 */
function absentReads({ runs }: Comparison, row: CatalogRow): number {
  const missed = new Map<string | null, number>()
  let newest: Date | null = null
  for (const { complete, at, runnerId } of runs) {
    if (!complete) continue
    newest ??= at
    if (newest.getTime() - at.getTime() <= STILL_READING_MS && !missed.has(runnerId)) missed.set(runnerId, 0)
    const known = missed.get(runnerId)
    if (known !== undefined && at > row.lastSeenAt) missed.set(runnerId, known + 1)
  }
  return missed.size === 0 ? 0 : Math.min(...missed.values())
}

/** A list says what exists, not what can be measured; where it or an id rule says that it cannot, this is why. */
function obstacleOf({ provider, rows, now }: Comparison, modelId: string): string {
  if (provider === 'bedrock') {
    const rowOf = (id: string) => rows.find((row) => row.modelId === id)?.raw
    const obstacle = bedrockObstacle(modelId, rowOf, now)
    if (obstacle !== null) return obstacle
  }
  const verdict = checkModelId(provider, modelId)
  return verdict.valid ? '' : verdict.reason
}

const describe = (
  state: DifferenceState,
  row: CatalogRow | null,
  absentReads: number,
  note: string,
): Difference => ({
  state,
  modelId: row?.modelId ?? '',
  name: row?.name ?? null,
  firstSeenAt: row?.firstSeenAt ?? null,
  lastSeenAt: row?.lastSeenAt ?? null,
  absentReads,
  note,
})

const fold = (modelId: string): string => modelId.toLowerCase()

const ORDER: readonly DifferenceState[] = ['gone', 'absent', 'unlisted', 'changed', 'new']

/** What may need an answer first; new models that cannot be measured last. */
const byStateAndId = (left: Difference, right: Difference): number =>
  ORDER.indexOf(left.state) - ORDER.indexOf(right.state) ||
  Number(left.state === 'new' && left.note !== '') - Number(right.state === 'new' && right.note !== '') ||
  (left.modelId < right.modelId ? -1 : 1)
