/**
 * `ask` for any number of callers: one question at a time, whose answer stands for so long, counted from before it was
 * asked. A failure is told to all who wait for it, and does not stand.
 */
export function shareFor<Answer>(
  standsMs: number,
  ask: () => Promise<Answer>,
  monotonicMs: () => number = () => performance.now(),
): () => Promise<Answer> {
  let asking: Promise<Answer> | null = null
  let known: { readonly answer: Answer; readonly atMs: number } | null = null
  const askOnce = async (): Promise<Answer> => {
    const atMs = monotonicMs()
    const answer = await ask()
    known = { answer, atMs }
    return answer
  }
  return async () => {
    if (known !== null && monotonicMs() - known.atMs < standsMs) return known.answer
    asking ??= askOnce().finally(() => {
      asking = null
    })
    return await asking
  }
}
