/** The fixtures as bytes, as tapes and as decoded events. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { analyse } from '../../src/analyse.ts'
import { decodeStream } from '../../src/decode.ts'
import type { DecodedStream } from '../../src/decode.ts'
import type { Dialect } from '../../src/dialects/dialect.ts'
import type { StreamEvent } from '../../src/events.ts'
import { findDialect } from '../../src/provider.ts'
import { findProvider } from '../../src/registry.ts'
import type { ErrorDocument, RequestMode, ResultDocument, RunDocument } from '../../src/result.ts'
import { isErrorDocument } from '../../src/wire-document.ts'
import type { TapeRead } from '../../src/transport/tape.ts'
import type { Expected } from '../fixtures/expected.ts'
import { encodeEventStream } from './eventstream.ts'
import type { EventStreamFrame } from './eventstream.ts'
import { makeTape, saved } from './plans.ts'

export const FIXTURES = join(import.meta.dirname, '../fixtures')

/** The bytes a provider would send. */
export function fixtureBytes(file: string): Buffer {
  return file.endsWith('.json') ? encodeEventStream(fixtureFrames(file)) : readFileSync(join(FIXTURES, file))
}

/** The frames of a fixture that is AWS event stream. */
export function fixtureFrames(file: string): readonly EventStreamFrame[] {
  return JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as EventStreamFrame[]
}

/** The dialect of a provider's API; throws where there is none. */
export function dialectFor(slug: string, mode: RequestMode): Dialect {
  const provider = findProvider(slug)
  const dialect = provider === undefined ? undefined : findDialect(provider, mode)
  if (dialect === undefined) throw new Error(`${slug} does not offer ${mode}`)
  return dialect
}

/** The bytes cut into reads of these sizes, a millisecond apart; the last size repeats. */
export function sliced(bytes: Uint8Array, sizes: readonly number[]): TapeRead[] {
  const reads: TapeRead[] = []
  for (let offset = 0; offset < bytes.length;) {
    const size = sizes[reads.length] ?? sizes.at(-1) ?? bytes.length
    reads.push({ atNs: BigInt(reads.length) * 1_000_000n, bytes: bytes.subarray(offset, offset + size) })
    offset += size
  }
  return reads
}

/** The events without their stamps. */
export function plain({ events }: DecodedStream): StreamEvent[] {
  return events.map(({ atNs: _, ...event }) => event)
}

/** The events of a whole text in a dialect, without stamps. */
export function eventsOf(slug: string, mode: RequestMode, wire: string | Uint8Array): StreamEvent[] {
  const bytes = typeof wire === 'string' ? Buffer.from(wire) : wire
  return plain(decodeStream(dialectFor(slug, mode), [{ atNs: 0n, bytes }]))
}

/** The document of a run in which these bytes arrived, cut into reads of these sizes 5 ms apart. */
export function documentOf(
  { provider, requestMode }: Pick<Expected, 'provider' | 'requestMode'>,
  bytes: Uint8Array,
  sizes: readonly number[] = [bytes.length],
): RunDocument {
  const reads = sliced(bytes, sizes).map((read, index) => [100 + index * 5, read.bytes] as const)
  return analyse(saved(makeTape(reads), { provider, requestMode }))
}

/** The result of a run in which the wire said that at once; throws where it is an error. */
export function resultOf(api: Parameters<typeof documentOf>[0], wire: string | Uint8Array): ResultDocument {
  const document = documentOf(api, Buffer.from(wire))
  if (isErrorDocument(document)) throw new Error(`An error: ${document.message}`)
  return document
}

/** The error of a run in which the wire said that at once; throws where it is a result. */
export function errorOf(api: Parameters<typeof documentOf>[0], wire: string | Uint8Array): ErrorDocument {
  const document = documentOf(api, Buffer.from(wire))
  if (!isErrorDocument(document)) throw new Error(`No error but ${document.outcome}`)
  return document
}
