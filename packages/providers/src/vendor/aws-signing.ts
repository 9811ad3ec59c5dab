/** Signed requests out of the AWS SDK: it decides the endpoint, finds the credentials and signs; others send. */
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import type { DeserializeMiddleware, HttpRequest, MiddlewareStack } from '@smithy/types'

/** Thrown in the place of sending, so that the SDK stops once the request is signed. */
class SignedRequest extends Error {
  override readonly name = 'SignedRequest'
  readonly request: HttpRequest
  constructor(request: HttpRequest) {
    super('The request is signed')
    this.request = request
  }
}

/** A client of the SDK that uses this handler, and what it is to send. */
type Signing<Input extends object, Output extends object> = {
  readonly client: {
    readonly middlewareStack: Pick<MiddlewareStack<Input, Output>, 'add'>
    readonly destroy: () => void
  }
  readonly send: () => Promise<unknown>
}

/** Of one request for credentials; the SDK tries it three times. */
const CREDENTIAL_LIMITS = { connectionTimeout: 3000, requestTimeout: 6000, throwOnRequestTimeout: true }

/**
 * The request that the client would have sent, with its whole URL. Rejects with what the SDK says is wrong. Only this
 * client's own request is kept from being sent: its credentials may have to be asked for at AWS STS, which is done with
 * the same handler. HTTP/1.1, as another version would be signed differently.
 */
export async function captureSigned<Input extends object, Output extends object>(
  open: (requestHandler: NodeHttpHandler) => Signing<Input, Output>,
): Promise<{ url: string; headers: Record<string, string>; body: unknown }> {
  const { NodeHttpHandler } = await import('@smithy/node-http-handler')
  const { client, send } = open(new NodeHttpHandler(CREDENTIAL_LIMITS))
  const capture: DeserializeMiddleware<Input, Output> = () => (args) =>
    Promise.reject(new SignedRequest(args.request as HttpRequest))
  client.middlewareStack.add(capture, { step: 'deserialize', priority: 'low', name: 'captureSigned' })
  try {
    await send()
  } catch (error) {
    if (error instanceof SignedRequest) return wholeRequest(error.request)
    throw error
  } finally {
    client.destroy()
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
