/** What a request reserves before it leaves, and what it has used once its document is there. Pure. */
import { isErrorDocument } from '@llmbench/providers'
import type { Profile, RunDocument } from '@llmbench/providers'
import type { Amounts } from './budget.ts'
import { costNanoUsd } from './prices.ts'
import type { Price } from './prices.ts'

/** What a provider's template and hidden instructions may add to a prompt. */
const TEMPLATE_TOKENS = 256

/** The most a run under the profile can take, as far as its cap and price say. */
export function reservationOf(profile: Profile, price: Price | null): Amounts {
  const outputTokens = profile.maxOutputTokens
  const nanoUsd = price === null ? null : costNanoUsd(price, inputBound(profile), outputTokens)
  return { requests: 1, outputTokens, nanoUsd }
}

/** No tokenizer makes more tokens of a text than it has bytes. */
function inputBound(profile: Profile): number {
  return Buffer.byteLength(profile.prompt) + TEMPLATE_TOKENS
}

/**
 * What the run used. Where the document does not tell, because it broke off or was cut, nobody knows what went on at
 * the provider: then it is all that was reserved.
 */
export function usageOf(
  document: RunDocument,
  reserved: Amounts,
  profile: Profile,
  price: Price | null,
): Amounts {
  if (isErrorDocument(document)) {
    if (document.phase === 'connect') return { requests: 0, outputTokens: 0, nanoUsd: freeOf(price) }
    // Refused with a status before a word was written.
    const isRefused = document.phase === 'headers' && (document.http_status ?? 0) >= 400
    return isRefused ? { requests: 1, outputTokens: 0, nanoUsd: freeOf(price) } : reserved
  }
  const isWhole = document.outcome !== 'truncated' && document.outcome !== 'error'
  const known = document.output_tokens
  const outputTokens = isWhole ? known : Math.max(known, reserved.outputTokens)
  const inputTokens = document.input_tokens ?? inputBound(profile)
  const nanoUsd = price === null ? null : costNanoUsd(price, inputTokens, outputTokens)
  return { requests: 1, outputTokens, nanoUsd }
}

/** Nothing at a known price; unknown stays unknown. */
function freeOf(price: Price | null): number | null {
  return price === null ? null : 0
}
