/** Why a run broke off, in the tape's words. */
import { DeadlinePassed } from './deadlines.ts'
import { TAPE_LIMIT_BYTES } from './tape.ts'
import type { TapeFailure, WireStage } from './tape.ts'

/** The response was longer than a tape may be. */
export class TapeLimitReached extends Error {
  override readonly name = 'TapeLimitReached'
  constructor() {
    super(`The response is longer than ${TAPE_LIMIT_BYTES} bytes, the most a tape holds`)
  }
}

/** What a thrown value says, as a failure at that stage. `signal` is the caller's: its reason is an end on purpose. */
export function describeFailure(
  error: unknown,
  stage: WireStage,
  signal: AbortSignal | undefined,
): TapeFailure {
  const message = messageOf(error)
  if (error instanceof DeadlinePassed) {
    return { stage, cause: 'deadline', deadline: error.deadline, name: timeoutName(error), message }
  }
  if (error instanceof TapeLimitReached) {
    return { stage, cause: 'tape_limit', deadline: null, name: error.name, message }
  }
  const aborted = signal?.aborted === true && error === signal.reason
  return { stage, cause: aborted ? 'aborted' : 'network', deadline: null, name: codeOf(error), message }
}

/** `first_token` becomes `FirstTokenTimeout`. */
function timeoutName({ deadline }: DeadlinePassed): string {
  const words = deadline.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return `${words.join('')}Timeout`
}

/** The system's code of an error, or its name. */
export function codeOf(error: unknown): string {
  const inner = innermost(error)
  if (typeof inner === 'object' && inner !== null && 'code' in inner && typeof inner.code === 'string')
    return inner.code
  return inner instanceof Error ? inner.name : 'Error'
}

/** What an error says, down to its innermost cause. */
export function messageOf(error: unknown): string {
  const inner = innermost(error)
  if (!(inner instanceof Error)) return String(inner)
  // Happy eyeballs reports every address it tried in an error without words of its own.
  if (inner instanceof AggregateError) return inner.errors.map(messageOf).join('; ')
  return inner.message === '' ? inner.name : inner.message
}

function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? innermost(error.cause) : error
}
