import type { ServerResponse } from 'node:http'

/** Answers with a JSON document. */
export function sendJson(response: ServerResponse, status: number, document: unknown): void {
  const body = JSON.stringify(document)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

/** Answers with an error as a sentence, and what is wrong in detail where there is more to say. */
export function sendError(response: ServerResponse, status: number, error: string, faults?: unknown): void {
  sendJson(response, status, faults === undefined ? { error } : { error, faults })
}
