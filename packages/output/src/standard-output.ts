/** A process's stdout and stderr. Whoever reads them, slowly or not at all, holds nothing up (`docs/faults.md`). */
import { openDescriptor } from './descriptor.ts'
import { createOutput } from './output.ts'

/** Log lines that may wait: some five thousand. */
const STDERR_BYTES = 1024 * 1024
/** Documents of a daemon that may wait; those of a command all do. */
const STDOUT_BYTES = 256 * 1024
/** What is left at the end of a daemon, of a command that was stopped, and of every log. */
const LAST_PATIENCE_MS = 1000
/** A person may page through what a command prints. */
const COMMAND_PATIENCE_MS = 600_000
const CRASH_MS = 1000
const EXIT_MS = 300

export type DroppedLines = { readonly stdout: number; readonly stderr: number }

export type StandardOutput = {
  readonly writeOut: (text: string) => void
  readonly writeErr: (text: string) => void
  /** For a daemon: from now on what nobody takes from stdout is dropped, and not waited for at the end. */
  readonly boundOut: () => void
  /** Texts that were dropped since the start. */
  readonly dropped: () => DroppedLines
  /**
   * Resolves once what waits is written, nobody takes it, or the signal aborts; with why a command's output is not
   * whole, or null. A reader that went away has what it wanted.
   */
  readonly finish: (signal?: AbortSignal) => Promise<string | null>
  /** Writes what waits for stderr, blocking for a second at most, so that the last lines of a crash are not dropped. */
  readonly makeRoom: () => void
  /** Writes what waits and this last text, blocking for a moment at most. */
  readonly writeLast: (text: string) => void
}

/** The two of a process, a program of that name; what still waits when it exits is tried once more. */
export function openStandardOutput(process: NodeJS.Process, program: string): StandardOutput {
  const err = createOutput({
    fd: openDescriptor(process.stderr),
    limitBytes: STDERR_BYTES,
    resumed: (dropped) => droppedLine(process.pid, 'stderr', dropped),
  })
  const out = createOutput({
    fd: openDescriptor(process.stdout),
    limitBytes: Infinity,
    // Said in the log; where that is stalled as well, later.
    resumed: (dropped) => (err.write(droppedLine(process.pid, 'stdout', dropped)) ? '' : null),
  })
  // Node itself writes to its streams as well, warnings for one.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  // Before the text, as one that comes while texts are dropped is dropped too.
  const makeRoom = (): boolean => err.flushSync(CRASH_MS)
  let isDaemon = false
  process.on('exit', () => {
    out.flushSync(EXIT_MS)
    err.flushSync(EXIT_MS)
  })
  return {
    writeOut: out.write,
    writeErr: err.write,
    boundOut: () => {
      out.limit(STDOUT_BYTES)
      isDaemon = true
    },
    dropped: () => ({ stdout: out.dropped(), stderr: err.dropped() }),
    finish: async (signal = NEVER) => {
      const patienceMs = isDaemon || signal.aborted ? LAST_PATIENCE_MS : COMMAND_PATIENCE_MS
      const written = out.flush(patienceMs)
      const isWhole = signal.aborted
        ? await written
        : await Promise.race([written, aborted(signal).then(() => false)])
      const problem = isWhole || isDaemon || out.failure() === 'EPIPE' ? null : describe(out.failure())
      if (problem !== null) err.write(`${program}: ${problem}\n`)
      await err.flush(LAST_PATIENCE_MS)
      return problem
    },
    makeRoom,
    writeLast: (text) => {
      makeRoom()
      err.write(text)
    },
  }
}

/** For a process that handles no signal. */
const NEVER = new AbortController().signal

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function describe(failure: string | null): string {
  return `stdout is not whole: ${failure ?? 'nobody took the rest of it in time'}`
}

/** One line in the form of the logs. */
function droppedLine(pid: number, stream: keyof DroppedLines, dropped: number): string {
  const msg = `Lines for ${stream} were dropped: nobody took them in time`
  return `${JSON.stringify({ level: 40, time: Date.now(), pid, stream, dropped, msg })}\n`
}
