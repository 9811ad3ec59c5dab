/** Waits that end. */

/**
 * The result of `work`, or the given error when it is not there in time; `work` itself goes on unheard. Rejects with the
 * signal's reason where that aborts first.
 */
export async function within<Result>(
  deadlineMs: number,
  work: Promise<Result>,
  tooLate: () => Error,
  signal?: AbortSignal,
): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(tooLate()), deadlineMs)
  const abort = (): void => late.reject(signal?.reason)
  if (signal?.aborted === true) abort()
  signal?.addEventListener('abort', abort)
  work.catch(() => undefined)
  return await Promise.race([late.promise, work]).finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  })
}
