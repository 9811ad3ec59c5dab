/** The name that every request carries, so that whoever receives it knows whom to ask. */
import { z } from 'zod'

const LONGEST = 200
/** What may be inside a comment of a user agent (RFC 9110, section 5.6.5) without being escaped. */
const PLAIN = /^[\x21-\x7e]+$/
const EMAIL = /^[^@:/()\\]+@[^@:/()\\]+\.[^@:/()\\]+$/

/** RUNNER_CONTACT: an e-mail address or a URL. */
export function contact() {
  return z
    .string()
    .refine(
      (text) => text.length <= LONGEST && PLAIN.test(text) && (EMAIL.test(text) || isPublicUrl(text)),
      `should be an e-mail address or a URL of at most ${LONGEST} characters, such as ops@example.com or https://example.com/bench`,
    )
}

function isPublicUrl(text: string): boolean {
  if (/[()\\]/.test(text) || !URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === ''
}

/** The value of the `user-agent` header: `llmbench/0.1.0 (+https://example.com/bench)`. */
export function userAgentOf(version: string, contact: string | null): string {
  const product = `llmbench/${version}`
  if (contact === null) return product
  return `${product} (${contact.includes('://') ? '+' : ''}${contact})`
}
