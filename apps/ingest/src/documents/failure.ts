import { ErrorDocument, ErrorKind, OWN_STAGE } from '@llmbench/providers/result'
import { faultsOf } from '../json/pointer.ts'
import type { ErrorRow } from '../store/store.ts'
import { readBySchema, reportFault, type Body, type Read, type ReadContext } from './body.ts'
import { sortExtras } from './extras.ts'
import { fingerprint, normalizeMessage } from './fingerprint.ts'
import { identify, refuse, withoutKind } from './identity.ts'
import { readInstant } from './instant.ts'
import { kindIn, statusIn } from './legacy-taxonomy.ts'
import { LegacyError } from './legacy.ts'
import { omitAbsent } from './result.ts'

const LEGACY_FIELDS: ReadonlySet<string> = new Set(Object.keys(LegacyError.shape))
const MAX_MESSAGE = 4000
/** The predecessor's runner sends at most 4,000 characters, each one or two units of a string. */
const LONGEST_READ = 8000

/**
 * Stages of errors that are no provider's failure: `ingest`, which the predecessor posts after each result that was
 * refused, and that of a runner which failed itself.
 */
export const FOREIGN_STAGES: readonly string[] = ['ingest', OWN_STAGE]

/** A posted failure as the row to store, or every fault that keeps it out. */
export function readFailure(body: Body, context: ReadContext): Read<ErrorRow> {
  return readBySchema(body, context, { strict: readStrict, legacy: readLegacy })
}

function readStrict(
  value: Readonly<Record<string, unknown>>,
  { faults: scanned }: Body,
  context: ReadContext,
): Read<ErrorRow> {
  const content = withoutKind(value)
  const parsed = ErrorDocument.safeParse(content)
  const faults = [...scanned.map(reportFault), ...(parsed.success ? [] : faultsOf(parsed.error))]
  const at = typeof content['ts'] === 'string' ? readInstant(content['ts'], 'ts', context.now) : null
  if (at !== null && !(at instanceof Date)) faults.push(at)
  if (!parsed.success || faults.length > 0 || !(at instanceof Date)) return refuse(value, faults)
  return { row: toRow(value, parsed.data, parsed.data.message, at, context), dropped: [] }
}

function readLegacy(
  value: Readonly<Record<string, unknown>>,
  { faults: scanned }: Body,
  context: ReadContext,
): Read<ErrorRow> {
  const parsed = LegacyError.safeParse(value)
  const known = scanned.filter((fault) => LEGACY_FIELDS.has(String(fault.path[0])))
  const faults = [...known.map(reportFault), ...(parsed.success ? [] : faultsOf(parsed.error))]
  const at = typeof value['ts'] === 'string' ? readInstant(value['ts'], 'ts', context.now) : context.now
  if (!(at instanceof Date)) faults.push(at)
  if (!parsed.success || faults.length > 0 || !(at instanceof Date)) return refuse(value, faults)
  const extras = sortExtras(value, LEGACY_FIELDS, scanned)
  const words = parsed.data.message.slice(0, LONGEST_READ)
  const excType = parsed.data.exc_type ?? null
  const kind = ErrorKind.safeParse(parsed.data.error_kind ?? kindIn(words, excType))
  const document = {
    ...extras.kept,
    ...parsed.data,
    message: cut(parsed.data.message),
    exc_type: excType,
    error_kind: kind.success ? kind.data : 'unknown',
    http_status: parsed.data.http_status ?? statusIn(words),
    phase: parsed.data.phase ?? null,
  }
  const dropped = kind.success ? extras.dropped : [...extras.dropped, 'error_kind']
  return { row: toRow(value, document, words, at, context), dropped }
}

function toRow(
  body: Readonly<Record<string, unknown>>,
  document: (LegacyError & { error_kind: ErrorKind }) | ErrorDocument,
  words: string,
  at: Date,
  context: ReadContext,
): ErrorRow {
  // Without a time of its own a report cannot be told from its next occurrence, so the time it
  // came in is part of its name.
  const nameless = typeof body['ts'] !== 'string' && typeof body['result_id'] !== 'string'
  const identity = identify(body, nameless ? context.now.toISOString() : '')
  const { provider, model_name: modelName, stage, error_kind: kind } = document
  const normalizedMessage = normalizeMessage(words)
  const print = fingerprint({ provider, modelName, stage, kind, normalizedMessage })
  return {
    ...identity,
    model: { provider, modelId: modelName },
    at,
    receivedAt: context.now,
    stage,
    kind,
    fingerprint: print,
    document: {
      ...omitAbsent(document),
      ts: at,
      normalized_message: normalizedMessage,
      fingerprint: print,
      result_id: identity.resultId,
      content_sha256: identity.contentSha256,
      runner_id: context.runnerId,
      received_at: context.now,
    },
  }
}

/** Whole characters only: a cut through a surrogate pair would leave half of one. */
const cut = (message: string): string =>
  message.length <= MAX_MESSAGE
    ? message
    : message
        .slice(0, MAX_MESSAGE)
        .toWellFormed()
        .replace(/\uFFFD$/, '')
