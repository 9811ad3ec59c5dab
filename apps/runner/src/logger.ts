/** Logs are JSON lines on stderr; no secret of this process is in one. */
import { pino } from 'pino'
import type { Logger } from 'pino'
import type { Secrets } from './secrets.ts'

/** A logger that hands each line, without the secrets, to `write`. */
export function createLogger(level: string, secrets: Secrets, write: (line: string) => void): Logger {
  return pino({ level }, { write: (line: string) => write(secrets.scrub(line)) })
}
