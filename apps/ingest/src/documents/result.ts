import { ResultDocument } from '@llmbench/providers/result'
import type { Fault } from '../errors.ts'
import { faultsOf } from '../json/pointer.ts'
import { PUBLISHED, type ResultCollection, type ResultRow, type StoredValue } from '../store/store.ts'
import { readBySchema, reportFault, type Body, type Read, type ReadContext } from './body.ts'
import { NEVER_STORED, isReservedKey, sortExtras } from './extras.ts'
import { setGapsAside } from './gaps.ts'
import { identify, refuse, withoutKind } from './identity.ts'
import { readInstant } from './instant.ts'
import { LegacyResult, RESULT_TIMES } from './legacy.ts'
import { placeLegacyResult, placeResult, profileToChoose, rateAgrees } from './publication.ts'

const LEGACY_FIELDS: ReadonlySet<string> = new Set(Object.keys(LegacyResult.shape))

/** A posted result as the row to store, or every fault that keeps it out. */
export function readResult(body: Body, context: ReadContext): Read<ResultRow> {
  return readBySchema(body, context, { strict: readStrict, legacy: readLegacy })
}

function readStrict(
  value: Readonly<Record<string, unknown>>,
  { faults: scanned }: Body,
  context: ReadContext,
): Read<ResultRow> {
  const content = withoutKind(value)
  const { content: short, restore } = setGapsAside(content)
  const parsed = ResultDocument.safeParse(short)
  const times = readTimes(content, context.now)
  const faults = [
    ...scanned.map(reportFault),
    ...(parsed.success ? consistencyFaults(parsed.data) : faultsOf(parsed.error)),
    ...times.faults,
  ]
  if (!parsed.success || faults.length > 0) return refuse(value, faults)
  const place = placeResult(parsed.data, context.publishedProfiles)
  const document = Object.assign(restore(parsed.data), times.dates)
  const row = toRow(content, document, place, context)
  const chosen = place === PUBLISHED ? null : profileToChoose(parsed.data)
  return { row: chosen === null ? row : { ...row, publishedIfChosen: chosen }, dropped: [] }
}

function readLegacy(
  value: Readonly<Record<string, unknown>>,
  { faults: scanned }: Body,
  context: ReadContext,
): Read<ResultRow> {
  const { content: short, restore } = setGapsAside(value)
  const parsed = LegacyResult.safeParse(short)
  const times = readTimes(value, context.now)
  const known = scanned.filter((fault) => LEGACY_FIELDS.has(String(fault.path[0])))
  const faults = [
    ...known.map(reportFault),
    ...(parsed.success ? [] : faultsOf(parsed.error)),
    ...times.faults,
  ]
  if (!parsed.success || faults.length > 0) return refuse(value, faults)
  const extras = sortExtras(value, LEGACY_FIELDS, scanned)
  const role = { sample_role: value['sample_role'] }
  const place = placeLegacyResult({ ...parsed.data, ...role }, context.publishedProfiles)
  const document = Object.assign(restore(parsed.data), extras.kept, times.dates)
  return { row: toRow(value, document, place, context), dropped: extras.dropped }
}

function readTimes(
  value: Readonly<Record<string, unknown>>,
  now: Date,
): { dates: Record<string, Date>; faults: Fault[] } {
  const dates: Record<string, Date> = {}
  const faults: Fault[] = []
  for (const field of RESULT_TIMES) {
    if (typeof value[field] !== 'string') continue
    const read = readInstant(value[field], field, now)
    if (read instanceof Date) dates[field] = read
    else faults.push(read)
  }
  return { dates, faults }
}

/** Outcomes whose rates are 0 by definition when nothing visible came, whatever the usage says. */
const MAY_HAVE_NO_RATE = new Set(['budget_exhausted', 'empty', 'refused', 'truncated', 'error'])

function consistencyFaults(result: ResultDocument): Fault[] {
  const { tokens_per_second: rate, output_tokens: tokens, generate_time: time, outcome } = result
  const faults = reservedKeys(result)
  if (rate === 0 && outcome !== undefined && MAY_HAVE_NO_RATE.has(outcome)) return faults
  if (rateAgrees(rate, tokens, time)) return faults
  return [
    ...faults,
    { pointer: '/tokens_per_second', detail: 'Must be output_tokens ÷ generate_time within 5 %' },
  ]
}

function reservedKeys(result: ResultDocument): Fault[] {
  return (['server_timing', 'rate_limit'] as const).flatMap((field) =>
    Object.keys(result[field] ?? {})
      .filter(isReservedKey)
      .map((key) => ({ pointer: `/${field}/${key}`, detail: 'Unknown field' })),
  )
}

function toRow(
  body: Readonly<Record<string, unknown>>,
  document: Readonly<Record<string, unknown>>,
  collection: ResultCollection,
  context: ReadContext,
): ResultRow {
  const identity = identify(body)
  const stored = omitAbsent(document)
  stored['result_id'] = identity.resultId
  stored['content_sha256'] = identity.contentSha256
  stored['runner_id'] = context.runnerId
  stored['received_at'] = context.now
  return {
    ...identity,
    collection,
    model: { provider: String(document['provider']), modelId: String(document['model_name']) },
    at: document['run_ts'] as Date,
    receivedAt: context.now,
    document: stored,
  }
}

/** Validated fields that are there at all, without the texts that are never stored; the caller's own to add to. */
export function omitAbsent(document: Readonly<Record<string, unknown>>): Record<string, StoredValue> {
  const stored: Record<string, StoredValue> = {}
  for (const key of Object.keys(document)) {
    if (document[key] !== undefined && !NEVER_STORED.has(key)) stored[key] = document[key] as StoredValue
  }
  return stored
}
