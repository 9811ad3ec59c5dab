/** Whether a provider gives money as the reason: then waiting and retrying never help, whatever the status. Pure. */
import { anyOf } from './error-vocabulary.ts'

export type Statement = {
  readonly status: number | null
  /** Type and code of the error, without separators. */
  readonly names: string
  /** Type, code and message as they were sent. */
  readonly text: string
}

/** Codes and types by which providers name it. */
const NAMES = anyOf(
  'insufficient(?:user|account)?(?:quota|balance|credits?|funds)',
  'notenough(?:balance|credits?)',
  'balancenotenough',
  'credits?(?:limit|exhausted|depleted|exceeded|balance|required|error)',
  '(?:out|runout)ofcredits?',
  'nocredits?',
  'billing(?:error|hardlimit|notactive|disabled|limit)',
  'payment(?:method)?(?:required|overdue)',
  'paymentinstrument',
  'arrearage',
  'accountoverdue',
  'spend(?:ing)?limit',
  'blockedapiaccess',
  '(?<!token|tokens|thinking|reasoning)budgetexceeded',
  'exceededbudget',
  'freetieronly',
  'quotaexhaustedunpaid',
)

/**
 * Plain words for it. They state a lack, not an offer: "add credits to raise your rate limit" is about a rate, and
 * "check your plan and billing details" alone is about a quota. No phrase reaches over the end of a sentence, into an
 * offer or into what a key is allowed to do.
 */
const LACK =
  '(?:insufficient|not enough|too low|exhausted|depleted|exceeded|used (?:up|all)|negative|empty|expired)'
const FUNDS = '(?:credits?(?! cards?\\b)|(?<!load[ -])balances?|funds|prepayment|wallet)'
const OFFER = '(?:no|add|adding|buy|buying|purchase|get|more|extra|additional|upgrade|unlock)'
const RIGHT = '(?:permissions?|scopes?|privileges?|rights|access|view)'
const gapWithout = (ends: string): string =>
  `(?:(?!\\b(?:${OFFER}|${RIGHT})\\b)[^.!?;\\n\\u2013\\u2014${ends}]){0,40}?`
const IS_NOTHING = '(?:\\bis|:|=) ?(?:[$€¥ ]{0,3}0(?:\\.0+)?(?![.\\d])|[$€¥ ]{0,2}-[$€¥ ]{0,2}\\d)'
const LACK_BEHIND = `(?:\\b(?:${LACK}|run out|ran out|is low|(?:is|was|fell) below|(?:is|are) required|required to)\\b|${IS_NOTHING})`
/** Of money: models have budgets of tokens too. */
const BUDGET = '(?<!\\b(?:tokens?|thinking|reasoning|output|context|completion|prompt|time|latency) )budget'
const WORDS = anyOf(
  `\\b${LACK}\\b${gapWithout(':(')}\\b${FUNDS}\\b`,
  `(?<!\\bno )\\b${FUNDS}\\b${gapWithout('')}${LACK_BEHIND}`,
  `\\b(?:out of|ran out of|run out of) ${FUNDS}\\b`,
  '\\bpayment (?:(?:is|was|has|has been) )?(?:required|overdue|past due|failed|declined)\\b',
  '\\bfailure to pay\\b|\\bnon-?payment\\b|\\bin arrears\\b|\\barrearage\\b|\\bdelinquent\\b',
  '\\bsuspended (?:for|due to|because of) (?:spending|billing|payment)\\b',
  '\\bunpaid (?:invoices?|bills?|balance)\\b|\\b(?:invoice|bill) is (?:overdue|past due|unpaid)\\b',
  '\\b(?:overdue|outstanding|past[ -]due) (?:invoices?|payments?|balance|bills?|account)\\b',
  '\\baccount is (?:past[ -]due|overdue|in good standing)\\b',
  '\\bspend(?:ing)?[ -](?:limit|cap)\\b|\\bkey limit exceeded\\b|\\bspecified api usage limits?\\b|\\blimit of [$€¥] ?\\d',
  '\\b(?:user|token) quota is not enough\\b',
  `${BUDGET} (?:(?:is|was|has been) )?(?:exceeded|exhausted|used up)\\b`,
  `\\bexceeded ?(?:(?:its|your|the|their|max(?:imum)?|monthly|team|user) )?${BUDGET}\\b(?! tokens?)|\\b(?:crossed|over) ${BUDGET}\\b`,
  '\\bbilling hard limit\\b|\\brequires billing\\b',
  '\\bbilling (?:account )?(?:(?:is|has been) )?(?:not|disabled|inactive|closed|suspended)\\b',
  '\\bbilling (?:account )?(?:to|must|needs to) be enabled\\b',
  '\\bbilling account\\b[^.;\\n]{0,60}\\b(?:is|was|has been) (?:not|disabled|inactive|closed|suspended)\\b',
  '余额不足|额度(?:不足|已?用[尽完]|已?耗尽)|欠费|请充值',
)
/** A lack that is only named beside a rate is no reason: "20 requests per minute for accounts with no credits". */
const WEAK_WORDS = anyOf(
  '\\b(?:no|no more|no remaining|zero|any|enough) (?:credits?(?! cards?\\b)|funds|prepayment)\\b(?! (?:(?:were|was|are|is|will be|have been) )?(?:charged|used|consumed|deducted|billed))',
  '\\b(?:zero balance|no balance left|enough balance)\\b',
  '\\b(?:recharge|top[- ]?up)(?: your| the)? (?:account|balance|wallet|credits?)\\b',
)
const RATE =
  /rate[ _-]?limit|too many requests|\brequests? (?:per|limit)\b|\bper (?:minute|second|hour|day)\b|throttl/i
/** Where a rate is the reason, a way to pay is only the advice. */
const WAY_TO_PAY =
  /\bpayment (?:method|instrument)\b|\bneeds? a (?:credit|debit) card\b|\bcredit card on file\b/i
/** An address may be that of a page about credits. */
const ADDRESS = /https?:\/\/\S+/gi

/** Whether credit, balance, payment or a spending limit is the reason that the provider gives. */
export function isAboutMoney({ status, names, text }: Statement): boolean {
  if (status === 402 || NAMES.test(names)) return true
  const words = text.replace(ADDRESS, ' ').replaceAll('_', ' ')
  if (WORDS.test(words)) return true
  return (!RATE.test(words) && WEAK_WORDS.test(words)) || (status !== 429 && WAY_TO_PAY.test(words))
}
