import { onTestFinished } from 'vitest'
import { openState } from '../../src/state/state.ts'
import type { State } from '../../src/state/types.ts'

/** The real state of a folder, closed after the test unless the test has done so. */
export function openTestState(directory: string): State {
  const { state } = openState(directory, 0)
  onTestFinished(() => {
    try {
      state.close()
    } catch {
      // The test has closed it.
    }
  })
  return state
}
