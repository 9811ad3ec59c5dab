import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ROOT, run, temporaryFolder, TOOLS, type Finished } from './processes.ts'

const HOST = join(ROOT, 'deploy/host/host.sh')

export type Tarball = { readonly path: string; readonly sha256: string }

export type TestHost = {
  readonly root: string
  readonly host: (...args: string[]) => Promise<Finished>
  /** Runs a script as the SSM agent would. */
  readonly script: (text: string) => Promise<Finished>
  readonly read: (path: string) => string
  readonly write: (path: string, text: string) => void
  /** What systemctl and aws were asked since the last time. */
  readonly calls: () => string[]
}

/** A host in a folder of its own, where systemd, the journal and AWS are replaced by recorders. */
export function createHost(): TestHost {
  const root = temporaryFolder()
  const environment = {
    LLMBENCH_ROOT: root,
    LLMBENCH_SETTLE_SECONDS: '0',
    PATH: `${TOOLS}:/usr/bin:/bin`,
    TMPDIR: root,
  }
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  let told = 0
  return {
    root,
    write,
    host: (...args) => run('bash', [HOST, ...args], environment),
    script: (text) => run('bash', ['--norc', '-c', text], environment),
    read: (path) => readFileSync(join(root, path), 'utf8'),
    calls: () => {
      const all = existsSync(join(root, 'calls'))
        ? readFileSync(join(root, 'calls'), 'utf8').trimEnd().split('\n')
        : []
      const fresh = all.slice(told)
      told = all.length
      return fresh
    },
  }
}

/** Settings and credentials as `configure` leaves them. */
export function writeConfiguration({ write }: TestHost): void {
  write('etc/llmbench/runner.env', 'INGEST_API_URL=https://bench.example.com/ingest\n')
  write('etc/llmbench/credentials/ingest-api-key', 'good-key-0123456789\n')
  write('etc/llmbench/credentials/runner-config-token', 'good-token-0123456789\n')
}

/** A release whose check accepts one key, or none, and which starts or does not; its Node runs one-liners only. */
export function packRelease(
  { root }: TestHost,
  id: string,
  {
    app = 'runner',
    verifies = true,
    starts = true,
  }: { app?: 'ingest' | 'runner'; verifies?: boolean; starts?: boolean } = {},
): Tarball {
  const tree = join(root, `pack-${id}`, `llmbench-${app}`)
  for (const folder of ['bin', `apps/${app}/src/models`]) mkdirSync(join(tree, folder), { recursive: true })
  writeFileSync(join(tree, `apps/${app}/src/models/main.ts`), '')
  for (const folder of ['host', 'backup']) {
    cpSync(join(ROOT, 'deploy', folder), join(tree, 'deploy', folder), { recursive: true })
  }
  writeFileSync(join(tree, 'release'), `${id}\n`)
  if (!starts) writeFileSync(join(tree, 'does-not-start'), '')
  // The ingest makes its own keys: none of them is bad.
  const good = app === 'ingest' ? 'true' : '[ "${CREDENTIAL#good}" != "$CREDENTIAL" ]'
  const node = `#!/bin/sh
[ "$1" != -e ] || exec "${process.execPath}" "$@"
echo "${id}: $* in $PWD"
${verifies ? good : 'false'}
`
  writeFileSync(join(tree, 'bin/node'), node, { mode: 0o755 })
  return packTree(tree)
}

/** A folder as a release, beside it. */
export function packTree(tree: string): Tarball {
  const path = `${dirname(tree)}.tar.gz`
  execFileSync('tar', ['-C', dirname(tree), '-czf', path, basename(tree)])
  return { path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') }
}
