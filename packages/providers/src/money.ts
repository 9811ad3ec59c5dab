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
  /insufficient[-_]?(?:user[-_]?)?(?:quota|balance|credits?|funds)|billing_(?:error|hard_limit|not_active|disabled|limit)|payment[-_]?required|payment_overdue|credits?[-_]?(?:exhausted|depleted|exceeded|balance|required|error)|out[-_]of[-_]credits?|no_credits?|not[-_]enough[-_](?:balance|credits?)|balance_not_enough|arrearage|account_?overdue|spend(?:ing)?[_-]limit|budget_exceeded|exceededbudget|free_?tier_?only|quota_exhausted_unpaid/i

/**
 * Plain words for it. They state a lack, not an offer: "add credits to raise your rate limit" is about a rate, and
 * "check your plan and billing details" alone is about a quota. No phrase reaches over the end of a sentence or into an
 * offer.
 */
const LACK = '(?:insufficient|not enough|too low|exhausted|depleted|exceeded|used up|negative|empty)'
const FUNDS = '(?:credits?(?! cards?\\b)|(?<!load[ -])balances?|funds|prepayment)'
const OFFER = '(?:no|add|adding|buy|buying|purchase|get|more|extra|additional|upgrade|unlock)'
const GAP = `(?:(?!\\b${OFFER}\\b)[^.!?;\\n\\u2013\\u2014]){0,40}?`
const LACK_BEHIND = `(?:${LACK}|run out|ran out|is low|(?:is|was|fell) below|(?:is|are) required|required to)`
const WORDS: readonly RegExp[] = [
  new RegExp(`\\b${LACK}\\b${GAP}\\b${FUNDS}\\b`, 'i'),
  new RegExp(`(?<!\\bno )\\b${FUNDS}\\b${GAP}\\b${LACK_BEHIND}\\b`, 'i'),
  new RegExp(`\\b(?:out of|ran out of|run out of) ${FUNDS}\\b`, 'i'),
  /\bpayment (?:is )?(?:required|overdue|failed|declined)\b|\bfailure to pay\b|\bunpaid (?:invoices?|bills?|balance)\b|\bin arrears\b|\barrearage\b/i,
  /\b(?:overdue|outstanding|past[ -]due) (?:invoices?|payments?|balance|bills?)\b|\baccount is (?:past[ -]due|overdue|in good standing)\b/i,
  /\bspend(?:ing)?[ -](?:limit|cap)\b|(?<!\b(?:tokens?|thinking|reasoning) )\bbudget has been exceeded\b|\bbilling hard limit\b/i,
  /\bbilling (?:account )?(?:is |has been |to be )(?:not |disabled|inactive|closed|enabled|suspended)|\brequires billing\b/i,
  /余额不足|额度(?:不足|已?用[尽完]|已?耗尽)|欠费|请充值/,
]
/** A lack that is only named beside a rate is no reason: "20 requests per minute for accounts with no credits". */
const WEAK_WORDS = new RegExp(
  `\\b(?:no|no more|no remaining|zero|any|enough) (?:credits?(?! cards?\\b)|funds|prepayment)\\b|\\b(?:zero balance|no balance left|enough balance)\\b`,
  'i',
)
const RATE =
  /rate[ _-]?limit|too many requests|\brequests? (?:per|limit)\b|\bper (?:minute|second|hour|day)\b|throttl/i
/** Where a rate is the reason, a way to pay is only the advice. */
const PAYMENT_METHOD = /\bpayment method\b/i

/** Whether credit, balance, payment or a spending limit is the reason that the provider gives. */
export function isAboutMoney({ status, names, text }: Statement): boolean {
  if (status === 402 || NAMES.test(names)) return true
  if (WORDS.some((words) => words.test(text))) return true
  return (!RATE.test(text) && WEAK_WORDS.test(text)) || (status !== 429 && PAYMENT_METHOD.test(text))
}
