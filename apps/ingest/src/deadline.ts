/** The result of `work`, or the given error when it is not there in time; `work` itself goes on unheard. */
export async function within<Result>(
  deadlineMs: number,
  work: Promise<Result>,
  tooLate: () => Error,
): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(tooLate()), deadlineMs)
  work.catch(() => undefined)
  return await Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
