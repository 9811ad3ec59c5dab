import { cannotDecide } from './errors.ts'

const RETRY_SECONDS = 5

/** The result of `work`, or 503 when it is not there in time: what it did meanwhile is for a resend to find out. */
export async function within<Result>(deadlineMs: number, work: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(cannotDecide('deadline_exceeded', 'Not decided within the deadline', RETRY_SECONDS)),
    deadlineMs,
  )
  // The loser of the race may still fail, later and unheard.
  work.catch(() => undefined)
  return await Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
