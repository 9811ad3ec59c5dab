/** Runs in a worker thread: derives documents there, so that no decoding delays the stamps of other runs. */
import { analyse } from './analyse.ts'
import type { RunDocument } from './result.ts'
import type { SavedTape } from './tape-file.ts'

/** The worker's one task. */
export function analyseInWorker(saved: SavedTape): RunDocument {
  return analyse(saved)
}
