/** Whether a provider gives money as the reason: then waiting and retrying never help, whatever the status. Pure. */

export type Statement = {
  readonly status: number | null
  /** Type and code of the error. */
  readonly names: string
  /** The same with its message. */
  readonly text: string
}

/** Codes and types by which providers name it. */
const NAMES =
  /insufficient_(?:user_)?(?:quota|balance|credits?|funds)|billing_(?:error|hard_limit|not_active|disabled|limit)|payment_required|payment_overdue|credits?_(?:exhausted|depleted|exceeded|balance)|out_of_credits?|no_credits?|not_enough_(?:balance|credits?)|balance_not_enough|arrearage|account_?overdue|spend(?:ing)?[_-]limit|budget_exceeded|exceededbudget|free_?tier_?only|quota_exhausted_unpaid/i

/**
 * Plain words for it. They state a lack, not an offer: "add credits to raise your rate limit" is about a rate, and
 * "check your plan and billing details" alone is about a quota. No phrase reaches over the end of a sentence.
 */
const LACK = '(?:insufficient|not enough|too low|exhausted|depleted|exceeded|used up|negative|below|empty)'
const FUNDS = '(?:credits?|(?<!load[ -])balances?|funds|prepayment)'
const GAP = '[^.!?;\\n]{0,40}?'
const WORDS: readonly RegExp[] = [
  new RegExp(`\\b${LACK}\\b${GAP}\\b${FUNDS}\\b`, 'i'),
  new RegExp(`\\b${FUNDS}\\b${GAP}\\b(?:${LACK}|insufficient|run out|ran out|is low|required to)\\b`, 'i'),
  new RegExp(`\\b(?:out of|ran out of|run out of|no|no more|no remaining|zero|any|enough) ${FUNDS}\\b`, 'i'),
  /\bpayment (?:is )?(?:required|overdue|failed|declined)\b|\bfailure to pay\b|\bunpaid\b|\bin arrears\b|\barrearage\b/i,
  /\b(?:overdue|outstanding|past[ -]due) (?:invoices?|payments?|balance|bills?)\b/i,
  /\bspend(?:ing)?[ -](?:limit|cap)\b|\bbudget has been exceeded\b|\bbilling hard limit\b/i,
  /\bbilling (?:account )?(?:is |has been |to be )(?:not |disabled|inactive|closed|enabled|suspended)|\brequires billing\b/i,
]
/** Where a rate is the reason, a way to pay is only the advice. */
const PAYMENT_METHOD = /\bpayment method\b/i

/** Whether credit, balance, payment or a spending limit is the reason that the provider gives. */
export function isAboutMoney({ status, names, text }: Statement): boolean {
  if (status === 402 || NAMES.test(names)) return true
  return WORDS.some((words) => words.test(text)) || (status !== 429 && PAYMENT_METHOD.test(text))
}
