import { METRICS_SCHEMA_VERSION } from '@llmbench/providers/result'
import type { Fault } from '../errors.ts'
import { pointer } from '../json/pointer.ts'
import type { Identity } from '../store/store.ts'
import type { ScanFault } from '../json/scan.ts'

/** A posted document with what a look at its text found; fault paths start at the document's own root. */
export type Body = { readonly value: unknown; readonly faults: readonly ScanFault[] }

/** What a document is read against: who sent it, when, and which profiles are published. */
export type ReadContext = {
  readonly now: Date
  readonly runnerId: string
  readonly publishedProfiles: ReadonlySet<string>
}

export type Refused = {
  readonly faults: readonly Fault[]
  /** Good but for its age: it may be in the store from when it was young. */
  readonly tooOld?: Identity
}

export type Read<Row> = { readonly row: Row; readonly dropped: readonly string[] } | Refused

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

const DETAILS: Record<ScanFault['kind'], string> = {
  duplicate_key: 'The key stands twice in one object',
  inexact_number: 'A number that cannot be stored exactly',
  lone_surrogate: 'Half of a surrogate pair is not text',
  too_deep: 'Nested too deeply',
}

/** A fault of the text as one to report. */
export const reportFault = (fault: ScanFault): Fault => ({
  pointer: pointer(fault.path),
  detail: DETAILS[fault.kind],
})

/** Faults that spoil a document as a whole, whichever field they stand in. */
export const isFatal = (fault: ScanFault): boolean =>
  fault.kind === 'duplicate_key' || fault.kind === 'too_deep'

type Reader<Row> = (value: Readonly<Record<string, unknown>>, body: Body, context: ReadContext) => Read<Row>

/** Reads a posted document by its schema: `strict` for the current one, `legacy` for what came before. */
export function readBySchema<Row>(
  body: Body,
  context: ReadContext,
  { strict, legacy }: { readonly strict: Reader<Row>; readonly legacy: Reader<Row> },
): Read<Row> {
  if (!isObject(body.value)) return { faults: [{ pointer: '', detail: 'Must be an object' }] }
  const fatal = body.faults.filter(isFatal)
  if (fatal.length > 0) return { faults: fatal.map(reportFault) }
  const isCurrent = body.value['metrics_schema_version'] === METRICS_SCHEMA_VERSION
  return (isCurrent ? strict : legacy)(body.value, body, context)
}
