/** Starts an image as a container would: first process of its own, no rights, nothing to write but volumes. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Image } from './build.ts'

const STOP_MS = 30_000

export type Variables = Readonly<Record<string, string>>

export type Container = {
  readonly said: () => string
  /** Resolves once `words` have been said; rejects with everything said when the container ends before. */
  readonly says: (words: string) => Promise<void>
  /** Sends SIGTERM to the first process and resolves with the exit code. */
  readonly stop: () => Promise<number | null>
}

/** The image's own command, or the given one. */
export function startContainer(
  image: Image,
  environment: Variables,
  command = image.stage.command,
): Container {
  const inside = insideCommand(image, environment, command)
  const child = spawn('unshare', ['--pid', '--fork', '--kill-child', ...inside], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const ended = once(child, 'close').then(([code]) => code as number | null)
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  }
  const told = async (words: string): Promise<void> => {
    while (!said.includes(words)) await Promise.race([once(child.stderr, 'data'), failed()])
  }
  const failed = async (): Promise<never> => {
    throw new Error(`ended with ${await ended} before it was done:\n${said}`)
  }
  return {
    said: () => said,
    says: told,
    stop: async () => {
      const first = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()
      process.kill(Number(first), 'SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      return await ended.finally(() => clearTimeout(timer))
    },
  }
}

/** Runs a command in the image to its end; what it wrote to stdout. Throws when it fails. */
export function runInside(image: Image, environment: Variables, command: readonly string[]): string {
  const [program = '', ...args] = insideCommand(image, environment, command)
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Without capabilities and without a way to any: `cap_drop: ALL` and `no-new-privileges`. */
function insideCommand({ root, stage }: Image, environment: Variables, command: readonly string[]): string[] {
  const [user = '', group = user] = (stage.user ?? '').split(':')
  if (!/^[1-9]\d*$/.test(user)) throw new Error(`USER ${stage.user} should be a number other than root's`)
  const all = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', ...stage.environment, ...environment }
  return [
    'chroot',
    root,
    'setpriv',
    `--reuid=${user}`,
    `--regid=${group}`,
    '--clear-groups',
    '--bounding-set=-all',
    '--inh-caps=-all',
    '--no-new-privs',
    'env',
    '-i',
    `--chdir=${stage.folder}`,
    ...Object.entries(all).map(([name, value]) => `${name}=${value}`),
    ...command,
  ]
}
