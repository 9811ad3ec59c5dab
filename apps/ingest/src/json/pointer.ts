import type { z } from 'zod'
import type { Fault } from '../errors.ts'

/** RFC 6901 pointer of a path of keys and indices. */
export const pointer = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** zod's issues as faults; an unknown key is a fault at that key. */
export function faultsOf(error: z.ZodError): Fault[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ pointer: pointer(issue.path), detail: issue.message }]
    return issue.keys.map((key) => ({ pointer: pointer([...issue.path, key]), detail: 'Unknown field' }))
  })
}
