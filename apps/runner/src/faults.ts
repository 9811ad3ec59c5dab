/** Ends a command with a sentence for a person and an exit code for a machine. */
export class ExitFault extends Error {
  override readonly name = 'ExitFault'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

/** 1 the work failed, 2 bad usage or configuration, 75 another instance holds the state directory (EX_TEMPFAIL). */
export type ExitCode = 1 | 2 | 75

/** The message of anything that was thrown, with the system's code where it has one. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${describeError(error.cause)}` : ''
  const code = codeOf(error)
  const named = code === null || error.message.includes(code) ? error.message : `${error.message} (${code})`
  return named + cause
}

/** The system's or library's code of an error, such as ECONNREFUSED, or null. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
