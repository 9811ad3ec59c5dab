/** The control API of lists: settings in, what was asked for out. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ListingSettings } from '../listings/listing.ts'
import type { Listings } from '../listings/serve.ts'
import { parseJson, readBody } from '../read-body.ts'
import { sendError, sendJson } from '../send-json.ts'

type Call = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly name: string
}

type Controlled = { readonly listings: Listings }

export async function putListing({ request, response, name }: Call, { listings }: Controlled): Promise<void> {
  const body = await readBody(request)
  const parsed = ListingSettings.safeParse(body === null ? undefined : parseJson(body))
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
    return sendError(response, 422, `The list ${name} is not valid`, faults)
  }
  listings.set(name, parsed.data)
  sendJson(response, 200, { name, listing: parsed.data })
}

export function getListing({ response, name }: Call, { listings }: Controlled): void {
  if (listings.find(name) === undefined) return sendError(response, 404, `There is no list ${name}`)
  sendJson(response, 200, { name, requests: listings.requests(name) })
}
