import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './folders.ts'
import { wayInto } from './namespaces.ts'
import type { AtUrl } from './private-network-child.ts'

const CHILD = fileURLToPath(new URL('./private-network-child.ts', import.meta.url))

/**
 * What measuring comes to at each host, on a machine that has these addresses and knows these names. Throws one
 * sentence where no such machine can be had.
 */
export function measureOnNetwork(
  addresses: readonly string[],
  names: Readonly<Record<string, string>>,
  hosts: readonly string[],
): Record<string, AtUrl> {
  const [command = '', ...way] = wayInto(
    'nm',
    'ip link set lo up',
    'These tests need a network of their own: allow user namespaces (unshare -Urnm) and install iproute2, or run them as root',
  )
  const file = `${temporaryFolder()}/hosts`
  const lines = Object.entries(names).map(([name, address]) => `${address} ${name}`)
  const shell = [
    'ip link set lo up',
    ...addresses.map((address) => `ip addr add ${address} dev lo`),
    `printf '%s\\n' '127.0.0.1 localhost' ${lines.map((line) => `'${line}'`).join(' ')} >'${file}'`,
    `mount --bind '${file}' /etc/hosts`,
    'exec "$@"',
  ].join(' && ')
  const done = spawnSync(command, [...way, 'sh', '-c', shell, 'sh', process.execPath, CHILD, ...hosts], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (done.status !== 0) throw new Error(done.stderr)
  return JSON.parse(done.stdout) as Record<string, AtUrl>
}
