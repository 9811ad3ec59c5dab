import { join } from 'node:path'

/**
 * Where Node keeps what it compiled of the sources, types taken away, so that a program that starts again starts in
 * half the time. For the environment of programs that start often or whose memory is measured.
 */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../node_modules/.cache/node-compile'),
}
