/** A state whose file cannot be opened is tried again at each use: a full disk must not keep results from leaving. */
import { describeError } from '../faults.ts'
import type { OpenedState } from './state.ts'
import type { State } from './types.ts'

/** What was found at the first try: a damaged file that was moved aside, or why there is none to work with yet. */
export type StateReport = { readonly movedTo: string | null; readonly fault: string | null }

/** The state, opened at once if that is possible. Its operations throw while it is not. */
export function createResilientState(open: () => OpenedState): { state: State; report: StateReport } {
  let opened: OpenedState | null = null
  const use = (): State => (opened ??= open()).state
  const report = tryFirst(() => {
    use()
    return opened?.movedTo ?? null
  })
  return {
    report,
    state: {
      reserveBudget: (...args) => use().reserveBudget(...args),
      settleBudget: (...args) => use().settleBudget(...args),
      readSpending: (...args) => use().readSpending(...args),
      readModels: (...args) => use().readModels(...args),
      keepModel: (...args) => use().keepModel(...args),
      forgetModel: (...args) => use().forgetModel(...args),
      keepAnchor: (...args) => use().keepAnchor(...args),
      close: () => opened?.state.close(),
    },
  }
}

function tryFirst(look: () => string | null): StateReport {
  try {
    return { movedTo: look(), fault: null }
  } catch (error) {
    return { movedTo: null, fault: describeError(error) }
  }
}
