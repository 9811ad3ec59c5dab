/** The equation that has to hold in the end: what was measured is stored, in the outbox or a dead letter, once. Pure. */

/** A document as one of its places holds it; null where the provider gave the run no id. */
export type Held = { readonly resultId: string; readonly responseId: string | null }

export type Account = {
  /** What the runner printed: it prints a document only when its row is committed. */
  readonly told: readonly Held[]
  /** Ids of the answers that the provider began and of those it gave whole: it makes them itself, each once. */
  readonly begun: ReadonlySet<string>
  readonly answered: ReadonlySet<string>
  readonly stored: readonly Held[]
  readonly outbox: readonly Held[]
  readonly deadLetters: readonly Held[]
  /** Kills of the runner, times the runs that each may have met between the provider's end and the printed line. */
  readonly mostUntold: number
}

export type Finding = { readonly rule: string; readonly ids: readonly string[] }

export type Balance = {
  /** Rules that are broken, each with the ids at fault; empty when the equation holds. */
  readonly findings: readonly Finding[]
  readonly generated: number
  /** Committed, but the kill came before the line: known from the store and the provider alone. */
  readonly untold: readonly string[]
  /** Answered by the provider, but the kill came before the commit: never measured, by definition not lost. */
  readonly unmeasured: readonly string[]
}

/** Checks the account. */
export function balance(account: Account): Balance {
  const { told, begun, answered, stored, outbox, deadLetters, mostUntold } = account
  const held = [...stored, ...outbox, ...deadLetters]
  const heldIds = new Set(held.map(({ resultId }) => resultId))
  const heldResponses = new Map(held.map(({ resultId, responseId }) => [responseId, resultId]))
  const toldIds = new Map(told.map((one) => [one.resultId, one.responseId]))
  const untold = [...heldIds].filter((id) => !toldIds.has(id))
  const unmeasured = [...answered].filter((id) => !heldResponses.has(id))
  const rules: Finding[] = [
    { rule: 'lost: committed and nowhere to be found', ids: told.map(idOf).filter((id) => !heldIds.has(id)) },
    { rule: 'twice: in more than one place, or more than once in one', ids: repeated(held.map(idOf)) },
    {
      rule: 'measured once, kept under two ids',
      ids: repeated(held.flatMap(({ responseId }) => responseId ?? [])),
    },
    {
      rule: 'invented: an answer that the provider never gave',
      ids: held.filter(({ responseId }) => responseId !== null && !begun.has(responseId)).map(idOf),
    },
    {
      rule: 'changed: kept with another answer than the one it was told with',
      ids: held
        .filter(({ resultId, responseId }) => (toldIds.get(resultId) ?? responseId) !== responseId)
        .map(idOf),
    },
    { rule: 'still in the outbox though the network is calm', ids: outbox.map(idOf) },
    {
      rule: `more than the ${mostUntold} that kills can explain were never told or never committed`,
      ids: untold.length + unmeasured.length > mostUntold ? [...untold, ...unmeasured] : [],
    },
  ]
  return {
    findings: rules.filter(({ ids }) => ids.length > 0),
    generated: new Set([...heldIds, ...toldIds.keys()]).size,
    untold,
    unmeasured,
  }
}

function idOf({ resultId }: Held): string {
  return resultId
}

function repeated(ids: readonly string[]): string[] {
  const seen = new Set<string>()
  return [...new Set(ids.filter((id) => seen.size === seen.add(id).size))]
}
