/** The error document of OpenAI and those who follow it. */
import type { ErrorDocument } from './dialect.ts'

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

/** `{ error: { message, type, param, code } }` */
export function openaiErrorDocument(
  status: number,
  type: string | undefined,
  message: string,
): ErrorDocument {
  return {
    body: { error: { message, type: type ?? TYPES[status] ?? 'server_error', param: null, code: null } },
  }
}
