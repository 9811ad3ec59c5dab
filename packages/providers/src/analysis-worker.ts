/** Runs in a worker thread: derives documents there, so that no decoding delays the stamps of other runs. */
import { analyse } from './analyse.ts'
import type { RunDocument } from './result.ts'
import { unpackTape } from './packed-tape.ts'
import type { PackedTape } from './packed-tape.ts'
import { countTokens } from './tokenizer/count.ts'

/** The document of a tape. */
export function analyseInWorker(packed: PackedTape): RunDocument {
  return analyse(unpackTape(packed))
}

/** Loads what the first analysis would otherwise load while streams are running. */
export function warmUp(): void {
  countTokens('Once upon a time')
}
