import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConsole, withoutChance, type Exchange } from './support/console.ts'
import { createHost, packTree, type Tarball } from './support/host.ts'
import { ROOT, run, startIngest, TOOLS, type Variables } from './support/processes.ts'
import { prepareUnit, readUnit } from './support/unit.ts'

const GUIDE = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')
/** What comes before is the installation. */
const FIRST_KEY = '## The first key, the first model'

test('the installation without containers, and every check of the operations guide, answer as it says there', async () => {
  const [installation = [], checks = []] = GUIDE.split(FIRST_KEY).map(readConsole)
  expect([installation.length, checks.length > 10]).toEqual([1, true])
  const { root } = createHost()
  const { path, sha256 } = linkedRelease(root)
  const host = { LLMBENCH_ROOT: root, LLMBENCH_SETTLE_SECONDS: '0', tarball: path, sha256 }
  await compare(installation, '', host, root)

  const environment = prepareUnit(readUnit('ingest'), root)
  const { url } = await startIngest({ ...environment, PORT: '0', METRICS_PORT: '' })
  const keys = join(root, 'etc/llmbench/credentials')
  const prelude = `
    INGEST=${url} METRICS=${url}
    INGEST_API_KEY=$(cat ${keys}/ingest-api-key) RUNNER_CONFIG_TOKEN=$(cat ${keys}/runner-config-token)
    llmbench() { ${root}/opt/llmbench/host.sh ingest run "$@"; }`
  await compare(checks, prelude, host, url)
}, 60_000)

/** Runs the commands in one bash, so that what one of them sets is there for the next. */
async function compare(
  exchanges: readonly Exchange[],
  prelude: string,
  environment: Variables,
  chance: string,
): Promise<void> {
  const script = exchanges.map(({ command }) => `${command}\nprintf '\\n\\0'`).join('\n')
  // What a command says on stderr is part of its answer.
  const said = await run('bash', ['--norc', '-c', `exec 2>&1\n${prelude}\n${script}`], {
    PATH: `${TOOLS}:/usr/local/bin:/usr/bin:/bin`,
    ...environment,
  })
  const read = said.stdout.split('\n\0').map((answer) => withoutChance(answer.replaceAll(chance, '').trim()))
  exchanges.forEach(({ command, answer }, at) => {
    expect(read[at], command).toBe(withoutChance(answer.trim()))
  })
}

/** A release whose programs are this repository's. */
function linkedRelease(root: string): Tarball {
  const tree = join(root, 'pack', 'llmbench-ingest')
  for (const folder of ['bin', 'apps']) mkdirSync(join(tree, folder), { recursive: true })
  symlinkSync(process.execPath, join(tree, 'bin/node'))
  symlinkSync(join(ROOT, 'apps/ingest'), join(tree, 'apps/ingest'))
  symlinkSync(join(ROOT, 'deploy'), join(tree, 'deploy'))
  writeFileSync(join(tree, 'release'), '0.1.0-8ad7bc5d8e12-x64\n')
  return packTree(tree)
}
