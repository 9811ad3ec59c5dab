/** One fault in a body: where (RFC 6901 pointer) and what it should be. */
export type Fault = { readonly pointer: string; readonly detail: string }

type ProblemExtras = {
  readonly errors?: readonly Fault[]
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** What a client may do about a refusal: a stable `code` to branch on, and whether the same bytes may succeed later. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly retryable: boolean
  readonly errors: readonly Fault[] | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, detail: string, extras: ProblemExtras = {}) {
    super(detail, { cause: extras.cause })
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.retryable = status === 408 || status === 429 || status >= 500
    this.errors = extras.errors
    this.headers = extras.headers ?? {}
  }
}

/** The store did not confirm or answer: nothing may be said about what was asked. Callers see a 503. */
export class StoreUnavailable extends Error {
  constructor(doing: string, cause?: unknown) {
    super(`The store did not answer while ${doing}`, { cause })
    this.name = 'StoreUnavailable'
  }
}

/** A configuration value that cannot be used; the message names the variable and never its value. */
export class ConfigFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigFault'
  }
}

/** A command that cannot be carried out as typed, told to the person in one sentence. */
export class UsageFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageFault'
  }
}

/** A command that was understood and could not be done, told to the person in one sentence. */
export class WorkFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'WorkFault'
  }
}

/** Too many faults help nobody: a body is answered with at most this many. */
const MAX_FAULTS = 20

export const invalidDocument = (faults: readonly Fault[]): Problem =>
  new Problem(422, 'invalid_document', 'The document is well-formed JSON but not valid', {
    errors: faults.slice(0, MAX_FAULTS),
  })

export const cannotDecide = (
  code: string,
  detail: string,
  retryAfterSeconds: number,
  cause?: unknown,
): Problem => new Problem(503, code, detail, { headers: { 'retry-after': String(retryAfterSeconds) }, cause })

export const slowDown = (detail: string, retryAfterSeconds: number): Problem =>
  new Problem(429, 'too_many_requests', detail, {
    headers: { 'retry-after': String(Math.max(1, retryAfterSeconds)) },
  })

const OVERLOADED_RETRY_SECONDS = 2

/** More work than this process can do in time: nothing was done, and sending it again later is safe. */
export const overloaded = (detail: string): Problem =>
  cannotDecide('overloaded', detail, OVERLOADED_RETRY_SECONDS)
