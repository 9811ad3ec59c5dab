/** What can happen to one exchange. */
export const FAULT_KINDS = [
  /** The request reaches the server late. */
  'delay',
  /** The connection ends after k bytes of the request, any k. */
  'cut_request',
  /** The server has answered; the connection ends after k bytes of the answer, any k up to all of them. */
  'cut_response',
  /** A reset before the request reaches the server. */
  'reset_before',
  /** A reset in place of the answer. */
  'reset_after',
  /** The server has answered; nothing of it comes, and in the end the connection goes. */
  'stall',
  /** A gateway's own 5xx; the server never sees the request. */
  'unavailable',
  /** A login page with status 200; the server never sees the request. */
  'captive_portal',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

const PORTAL = '<html><title>Guest network</title><body>Please log in</body></html>'

/** The answer that a gateway gives by itself, closing the connection. */
export function gatewayAnswer(kind: 'unavailable' | 'captive_portal', status: number): string {
  const [line, type, body] =
    kind === 'captive_portal'
      ? ['200 OK', 'text/html', PORTAL]
      : [`${status} Gateway`, 'text/plain', 'upstream is away']
  return `HTTP/1.1 ${line}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`
}
