import { expect, test } from 'vitest'
import { balance } from '../equation.ts'
import type { Account, Held } from '../equation.ts'

const one = (name: string): Held => ({ resultId: `result-${name}`, responseId: `answer-${name}` })
const answers = new Set(['answer-a', 'answer-b', 'answer-c'])

/** Three results that were told and stored. */
const GOOD: Account = {
  told: [one('a'), one('b'), one('c')],
  begun: answers,
  answered: answers,
  stored: [one('a'), one('b'), one('c')],
  outbox: [],
  deadLetters: [],
  mostUntold: 0,
}

function rulesOf(differences: Partial<Account>): string[] {
  return balance({ ...GOOD, ...differences }).findings.map(
    ({ rule, ids }) => `${rule.split(':')[0]}: ${ids.join()}`,
  )
}

test('what was told and is stored once balances', () => {
  expect(balance(GOOD)).toEqual({ findings: [], generated: 3, untold: [], unmeasured: [] })
})

test('a dead letter is a place like the store', () => {
  expect(rulesOf({ stored: [one('a'), one('b')], deadLetters: [one('c')] })).toEqual([])
})

test.each<[string, Partial<Account>, string]>([
  ['told and nowhere', { stored: [one('a'), one('b')], mostUntold: 1 }, 'lost: result-c'],
  ['stored twice', { stored: [...GOOD.stored, one('a')] }, 'twice: result-a'],
  ['stored and a dead letter', { deadLetters: [one('a')] }, 'twice: result-a'],
  [
    'one answer under two ids',
    { stored: [...GOOD.stored, { resultId: 'result-d', responseId: 'answer-a' }], mostUntold: 1 },
    'measured once, kept under two ids: answer-a',
  ],
  ['an answer nobody gave', { stored: [...GOOD.stored, one('d')], mostUntold: 1 }, 'invented: result-d'],
  [
    'another answer than the one it was told with',
    { stored: [one('a'), one('b'), { resultId: 'result-c', responseId: null }], mostUntold: 1 },
    'changed: result-c',
  ],
  [
    'still in the outbox',
    { stored: [one('a'), one('b')], outbox: [one('c')] },
    'still in the outbox though the network is calm: result-c',
  ],
  [
    'answered but never measured, without a kill',
    { answered: new Set([...answers, 'answer-d']), begun: new Set([...answers, 'answer-d']) },
    'more than the 0 that kills can explain were never told or never committed: answer-d',
  ],
])('%s does not balance', (_what, differences, finding) => {
  expect(rulesOf(differences)).toContain(finding)
})

test('what a killed runner committed and could not tell is generated all the same, as far as kills explain it', () => {
  const account = { ...GOOD, told: [one('a'), one('b')] }
  expect(rulesOf(account)).toHaveLength(1)
  expect(balance({ ...account, mostUntold: 1 })).toMatchObject({
    findings: [],
    generated: 3,
    untold: ['result-c'],
  })
})
