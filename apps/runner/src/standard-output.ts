/** The runner's stdout and stderr. */
import { openStandardOutput as open, type StandardOutput } from '@llmbench/output'

export type { DroppedLines, StandardOutput } from '@llmbench/output'

/** The two of this process; what still waits when it exits is tried once more. */
export const openStandardOutput = (process: NodeJS.Process): StandardOutput => open(process, 'runner')
