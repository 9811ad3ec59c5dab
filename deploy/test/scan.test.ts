import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run, temporaryFolder } from './support/processes.ts'

/** A finding as the scanner writes it. */
const finding = (id: string, severity: string, fixed?: string) => ({
  package: { name: 'commander', version: '14.0.3', ecosystem: 'npm' },
  vulnerabilities: [
    { id, affected: [{ ranges: [{ events: [{ introduced: '0' }, ...(fixed ? [{ fixed }] : [])] }] }] },
  ],
  groups: [{ ids: [id], aliases: [id], max_severity: severity }],
})

/** Runs it with a scanner that ends with `code` and has found that. */
async function scan(code: number, ...packages: readonly unknown[]) {
  const scanner = join(temporaryFolder(), 'osv-scanner')
  const report = JSON.stringify({ results: [{ packages }] })
  writeFileSync(scanner, `#!/bin/sh\necho "asked: $*" >&2\ncat <<'X'\n${report}\nX\nexit ${code}\n`, {
    mode: 0o755,
  })
  return await run(process.execPath, ['deploy/scan/main.ts', 'sbom', 'bom.cdx.json'], {
    OSV_SCANNER: scanner,
  })
}

test('nothing found is good, and the scanner was asked for that file', async () => {
  const done = await scan(0)
  expect(done).toMatchObject({ code: 0, stdout: 'bom.cdx.json: 0 known holes, 0 that must be mended\n' })
  expect(done.stderr).toBe('asked: scan source --lockfile bom.cdx.json --format json\n')
})

test.each([
  ['a high one that a newer version mends', finding('GHSA-1', '7.0', '15.0.0'), 1],
  ['one of unknown weight that a newer version mends', finding('DSA-1', '', '15.0.0'), 1],
  ['a package made to do harm', finding('MAL-2026-1', ''), 1],
  ['a high one that nothing mends yet', finding('GHSA-1', '9.8'), 0],
  ['a moderate one', finding('GHSA-1', '6.9', '15.0.0'), 0],
])('%s is told, and ends with its exit code', async (_, found, code) => {
  const done = await scan(1, found)
  expect(done.code).toBe(code)
  expect(done.stdout).toMatch(code === 1 ? /^MEND commander 14\.0\.3: / : /^note commander 14\.0\.3: /)
})

test('a scanner that could not look anything up is a failure and not a silent pass', async () => {
  expect(await scan(127)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('could not be looked up'),
  })
})
