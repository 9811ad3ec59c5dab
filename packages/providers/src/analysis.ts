/** The thread that derives documents from tapes, so that no decoding delays the stamps of other runs. */
import { Piscina } from 'piscina'
import { ownFailureDocument } from './documents.ts'
import { openTape, packTape, transferOf } from './packed-tape.ts'
import type { PackedTape, RecordedRun } from './packed-tape.ts'
import type { RunDocument } from './result.ts'
import type { SavedTape } from './tape-file.ts'

export type Measurement = { readonly document: RunDocument; readonly tape: SavedTape }

export type Analysis = {
  /** Resolves when the thread has loaded what it needs: a core for half a second, and never beside a stream. */
  readonly ready: Promise<void>
  /**
   * Derives the document of a run, one after another: hundreds of runs that ended together wait as compact as they were
   * stored, and none has its reads twice in memory before its turn.
   */
  readonly analyse: (run: RecordedRun) => Promise<Measurement>
  readonly close: () => Promise<void>
}

/** How long a tape may take to be analysed before the worker is ended. */
const ANALYSIS_LIMIT_MS = 30_000

/** Starts the thread. */
export function createAnalysis(): Analysis {
  const worker = new Piscina<PackedTape, RunDocument>({
    filename: new URL('./analysis-worker.ts', import.meta.url).href,
    name: 'analyseInWorker',
    minThreads: 1,
    maxThreads: 1,
    // Node reads the sources itself; the main thread's loader would only cost memory here.
    execArgv: [],
    // A small nursery: what a document is derived from lives for milliseconds. The rest bounds a hostile stream.
    resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 },
  })
  const ready = worker.run(undefined as never, { name: 'warmUp' }).then(
    () => undefined,
    () => undefined,
  )
  let turn: Promise<unknown> = ready
  return {
    ready,
    analyse: (run) => {
      const document = turn.then(() => analyseWithin(worker, run))
      turn = document.catch(() => undefined)
      return document.then((document) => ({ document, tape: openTape(run) }))
    },
    close: async () => {
      await ready
      await worker.destroy()
    },
  }
}

async function analyseWithin(
  worker: Piscina<PackedTape, RunDocument>,
  run: RecordedRun,
): Promise<RunDocument> {
  try {
    const packed = packTape(run)
    const limit = { signal: AbortSignal.timeout(ANALYSIS_LIMIT_MS), transferList: transferOf(packed) }
    return await worker.run(packed, limit)
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    return ownFailureDocument(openTape(run), 'analysis_failed', {
      phase: 'close',
      kind: 'unknown',
      status: run.tape.response?.status ?? null,
      name: name === 'AbortError' ? 'AnalysisTimeout' : 'AnalysisFailed',
      message: `The stream was recorded but could not be analysed: ${message}`,
    })
  }
}
