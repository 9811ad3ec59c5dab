import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/folders.ts'

const CHILD = fileURLToPath(new URL('../support/full-disk-child.ts', import.meta.url))
/** A disk of 24 MiB of its own takes a user namespace, which some containers refuse. */
const TOOL = 'unshare'
const IN_NAMESPACE = ['-Urm', 'sh', '-c']
const hasNamespaces = spawnSync(TOOL, [...IN_NAMESPACE, 'mount -t tmpfs none /mnt']).status === 0

test.skipIf(!hasNamespaces)(
  'on a full disk measuring stops, delivering goes on, and what it frees is given back',
  () => {
    const command = 'mount -t tmpfs -o size=24m none "$1" && exec "$2" --import "$3" "$4" "$1"'
    const words = [temporaryFolder(), process.execPath, import.meta.resolve('tsx'), CHILD]
    const child = spawnSync(TOOL, [...IN_NAMESPACE, command, 'sh', ...words], { encoding: 'utf8' })
    expect(child.stderr).toBe('')
    const facts = JSON.parse(child.stdout) as { added: number }
    expect(facts).toMatchObject({
      closedBy: 'disk',
      delivered: facts.added,
      after: { depth: 0, deadLetters: 0, gate: null },
    })
    expect(facts.added).toBeGreaterThan(100)
  },
)
