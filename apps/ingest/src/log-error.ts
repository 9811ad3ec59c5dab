import { stdSerializers } from 'pino'
import { StoreUnavailable } from './errors.ts'

/** An error as it is logged. A store that is away is a fact and is told in a sentence; the rest keeps its stack. */
export function serializeError(error: Error): unknown {
  if (!(error instanceof StoreUnavailable)) return stdSerializers.err(error)
  return { type: error.name, message: sentences(error).join(': ') }
}

/** The message and those of its causes, each once: drivers wrap one sentence several times. */
export function sentences(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const deeper = sentences(error.cause)
  return deeper.some((sentence) => sentence.includes(error.message)) ? deeper : [error.message, ...deeper]
}
