import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './folders.ts'
import { wayInto } from './namespaces.ts'

/**
 * Runs a program beside this one on a disk of that size, which is its first argument, and returns what it printed as
 * JSON. Throws one sentence where no such disk can be had.
 */
export function runOnSmallDisk(program: URL, options: string): unknown {
  const [command = '', ...args] = wayInto(
    'm',
    'mount -t tmpfs none /mnt',
    'These tests need a small disk of their own: allow user namespaces (unshare -Urm), or run them as root',
  )
  const child = fileURLToPath(program)
  const shell = `mount -t tmpfs -o ${options} none "$1" && exec "$2" "$3" "$1"`
  const words = [temporaryFolder(), process.execPath, child]
  const done = spawnSync(command, [...args, 'sh', '-c', shell, 'sh', ...words], { encoding: 'utf8' })
  if (done.stderr !== '') throw new Error(done.stderr)
  return JSON.parse(done.stdout)
}
