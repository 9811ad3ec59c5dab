/** Signed requests out of the AWS SDK: it decides the endpoint, finds the credentials and signs; others send. */
import type { HttpRequest } from '@smithy/types'

/** Thrown by our request handler so that the SDK stops once the request is signed. */
class SignedRequest extends Error {
  override readonly name = 'SignedRequest'
  readonly request: HttpRequest
  constructor(request: HttpRequest) {
    super('The request is signed')
    this.request = request
  }
}

/** What a client of the SDK takes as its `requestHandler`. */
export type CapturingHandler = { readonly handle: (request: HttpRequest) => Promise<never> }

type Sending = {
  readonly send: () => Promise<unknown>
  readonly destroy: () => void
}

/** The request that the client would have sent, with its whole URL. Rejects with what the SDK says is wrong. */
export async function captureSigned(
  open: (requestHandler: CapturingHandler) => Sending,
): Promise<{ url: string; headers: Record<string, string>; body: unknown }> {
  const { send, destroy } = open({ handle: (request) => Promise.reject(new SignedRequest(request)) })
  try {
    await send()
  } catch (error) {
    if (error instanceof SignedRequest) return wholeRequest(error.request)
    throw error
  } finally {
    destroy()
  }
  throw new Error('The AWS SDK sent a request that it did not hand over')
}

function wholeRequest({ protocol, hostname, port, path, query, headers, body }: HttpRequest) {
  const search = new URLSearchParams(query as Record<string, string>).toString()
  return {
    url: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search === '' ? '' : `?${search}`}`,
    headers: withoutHost(headers),
    body: body as unknown,
  }
}

/** The transport writes `host` itself, from the URL that was signed. */
function withoutHost(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host'))
}
