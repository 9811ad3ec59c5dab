/** Prepares a request before any clock starts: fields, credentials, signature. What fails here is named by its cause. */
import { within } from './deadline.ts'
import type { Failure } from './documents.ts'
import type { Plan } from './plan.ts'
import { kindOfPreparing, PrepareTimeout, RequestRefused } from './prepare-failure.ts'
import type { Access, Provider, WireRequest } from './provider.ts'
import { requestFaults } from './request-fields.ts'
import { scrubText } from './scrub.ts'
import { codeOf, messageOf } from './transport/failure.ts'

/** How long credentials and a signature may take: several tries of a metadata server and of a token endpoint. */
const PREPARE_LIMIT_MS = 30_000

export type PrepareOptions = {
  /** Ends the waiting early. */
  readonly signal?: AbortSignal | undefined
  readonly limitMs?: number
}

export type Prepared =
  | {
      readonly request: WireRequest
      /** Those of the access, and the token of a session that the request is signed with. */
      readonly secrets: readonly string[]
    }
  | { readonly failure: Failure }

/** The request, ready to be written, or why there is none. Never rejects and never takes longer than the limit. */
export async function prepareRequest(
  plan: Plan,
  provider: Provider,
  access: Access,
  { signal, limitMs = PREPARE_LIMIT_MS }: PrepareOptions = {},
): Promise<Prepared> {
  try {
    const [fault] = requestFaults(plan.metadata)
    if (fault !== undefined) throw new RequestRefused(fault)
    signal?.throwIfAborted()
    const asked = async (): Promise<WireRequest> => await provider.request(plan, access)
    const request = await within(limitMs, asked(), () => new PrepareTimeout(limitMs), signal)
    return { request, secrets: [...access.secrets, ...sessionTokens(request)] }
  } catch (error) {
    return {
      failure: {
        phase: 'connect',
        kind: kindOfPreparing(error),
        status: null,
        name: codeOf(error),
        message: scrubText(`The request could not be prepared: ${wordsOf(error)}`, access.secrets),
      },
    }
  }
}

/** AWS repeats the headers of a request whose signature it refuses. */
function sessionTokens({ headers }: WireRequest): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    name.toLowerCase() === 'x-amz-security-token' ? [value] : [],
  )
}

/** The outermost words, which say what was tried, and the innermost, which say what happened. */
function wordsOf(error: unknown): string {
  const cause = messageOf(error)
  return error instanceof Error && !error.message.includes(cause) ? `${error.message}: ${cause}` : cause
}
