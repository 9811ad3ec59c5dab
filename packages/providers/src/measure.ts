/** Runs benchmarks: plan → request → tape → document. A failed run is a returned document, never an exception. */
import { createAnalysis } from './analysis.ts'
import type { Measurement } from './analysis.ts'
import { NOTHING_ASKED } from './asked.ts'
import { endCheckOf } from './awaited.ts'
import { holdsContent } from './decode.ts'
import type { Dialect } from './dialects/dialect.ts'
import { errorDocument, NOTHING_DECODED } from './documents.ts'
import type { Failure } from './documents.ts'
import { PLAIN_OUTBOUND, withUserAgent } from './outbound.ts'
import type { Outbound } from './outbound.ts'
import type { Plan } from './plan.ts'
import { findDialect } from './provider.ts'
import { prepareRequest } from './prepare.ts'
import type { Access, Provider } from './provider.ts'
import { createQualityMonitor } from './quality.ts'
import { createQuiet } from './quiet.ts'
import type { Quality } from './result.ts'
import { scrubTape, scrubText } from './scrub.ts'
import type { SavedTape } from './tape-file.ts'
import { createArrivalClock, monotonicNs, wallMs } from './transport/clock.ts'
import { NOTHING_OPENED } from './transport/connect.ts'
import { isPacked, unpackContent } from './transport/content-encoding.ts'
import { recordTape } from './transport/record.ts'
import type { StoredTape, Tape, TapeRead } from './transport/tape.ts'

export type { Measurement } from './analysis.ts'

export type Measurer = {
  /** One run. Resolves with a result or an error document, whatever the provider, the network or the signal does. */
  readonly measure: (
    plan: Plan,
    provider: Provider,
    access: Access,
    signal?: AbortSignal,
  ) => Promise<Measurement>
  readonly close: () => Promise<void>
}

/** How long a finished run waits for others to end before it is analysed beside them. */
const QUIET_LIMIT_MS = 1_000
/** Streams up to this size are looked at when the first-token deadline passes; a longer one surely holds content. */
const CONTENT_CHECK_LIMIT_BYTES = 1024 * 1024

/** A measurer; it holds one worker thread for the analysis and a monitor of the process's own health. */
export function createMeasurer(outbound: Outbound = PLAIN_OUTBOUND): Measurer {
  const monitor = createQualityMonitor()
  const analysis = createAnalysis()
  const arrivalNs = createArrivalClock()
  const quiet = createQuiet(QUIET_LIMIT_MS)
  return {
    measure: async (plan, provider, access, signal) => {
      const dialect = findDialect(provider, plan.requestMode)
      if (dialect === undefined) throw new Error(`${provider.slug} does not offer ${plan.requestMode}`)
      const prepared = await prepareRequest(plan, provider, access, { signal })
      if ('failure' in prepared) return unsent(plan, prepared.failure, signal?.aborted === true)
      const { secrets } = prepared
      await analysis.ready
      const watch = monitor.watch()
      const streamed = quiet.streaming()
      const headers = withUserAgent(prepared.request.headers, outbound)
      const recorded = await recordTape(
        { ...prepared.request, headers },
        {
          deadlines: plan.profile.deadlines,
          proxy: outbound.proxy,
          signal,
          hasContent: (reads) => contentSoFar(dialect, reads),
          endCheck: endCheckOf(dialect),
          onStart: watch.restart,
          arrivalNs,
        },
      ).finally(streamed)
      const quality = judgedWith(recorded, await watch.finish())
      const { method, url, asked } = prepared.request
      const request = { method, url: scrubText(url, secrets), asked }
      await quiet.moment()
      // Unpacked before it is scrubbed: a secret is not found in compressed bytes.
      const tape = scrubTape(await unpackContent(recorded), secrets)
      return analysis.analyse({ plan, request, tape, quality })
    },
    close: async () => {
      monitor.close()
      await analysis.close()
    },
  }
}

function unsent(plan: Plan, failure: Failure, isAborted: boolean): Measurement {
  const nowNs = monotonicNs()
  const tape: Tape = {
    wallMs: wallMs(),
    wallAtNs: nowNs,
    connection: NOTHING_OPENED,
    startNs: null,
    firstByteNs: null,
    response: null,
    reads: [],
    endNs: nowNs,
    closedEarly: false,
    contentEncoding: null,
    failure: {
      stage: 'connect',
      cause: isAborted ? 'aborted' : 'network',
      deadline: null,
      name: failure.name ?? 'Error',
      message: failure.message,
    },
  }
  const quality = {
    event_loop_delay_max_ms: null,
    gc_pause_max_ms: null,
    tainted: isAborted ? ['aborted'] : [],
  }
  const saved: SavedTape = { plan, request: { method: 'POST', url: '', asked: NOTHING_ASKED }, tape, quality }
  return { document: errorDocument(saved, NOTHING_DECODED, failure), tape: saved }
}

function judgedWith({ failure }: StoredTape, quality: Quality): Quality {
  return failure?.cause === 'aborted' ? { ...quality, tainted: [...quality.tainted, 'aborted'] } : quality
}

function contentSoFar(dialect: Dialect, reads: readonly TapeRead[]): boolean {
  const bytes = reads.reduce((sum, read) => sum + read.bytes.length, 0)
  // What is compressed is unpacked when the stream is over: until then something that came counts as content.
  const isUnknown = reads[0] !== undefined && isPacked(reads[0].bytes)
  return bytes > CONTENT_CHECK_LIMIT_BYTES || isUnknown || holdsContent(dialect, reads)
}
