import { FOREIGN_STAGES } from '../documents/failure.ts'
import { PUBLISHED, type Store, type WriteOutcome } from './store.ts'

/** What became of an attempt: a published result, an unpublished one, or a failure of the provider. */
export type AttemptOutcome = 'published' | 'unpublished' | 'failed'

/** The same store; each row that it took in for the first time is counted by provider and outcome. */
export function countAttempts(
  store: Store,
  count: (provider: string, outcome: AttemptOutcome) => void,
): Store {
  const countCreated = <Row extends { readonly model: { readonly provider: string } }>(
    rows: readonly Row[],
    outcomes: readonly WriteOutcome[],
    outcomeOf: (row: Row) => AttemptOutcome | null,
  ): void => {
    rows.forEach((row, at) => {
      const outcome = outcomeOf(row)
      if (outcomes[at] === 'created' && outcome !== null) count(row.model.provider, outcome)
    })
  }
  return {
    ...store,
    writeResults: async (rows) => {
      const outcomes = await store.writeResults(rows)
      countCreated(rows, outcomes, (row) => (row.collection === PUBLISHED ? 'published' : 'unpublished'))
      return outcomes
    },
    writeErrors: async (rows) => {
      const outcomes = await store.writeErrors(rows)
      countCreated(rows, outcomes, ({ stage }) => (FOREIGN_STAGES.includes(stage) ? null : 'failed'))
      return outcomes
    },
  }
}
