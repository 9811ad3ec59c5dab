/** In a process of its own, as the thread that analyses has a memory of its own. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const PROGRAM = `
const packages = new Set()
const note = (specifier, context, next) => {
  const resolved = next(specifier, context)
  const [, name] = /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(resolved.url) ?? []
  if (name !== undefined) packages.add(name)
  return resolved
}
const { registerHooks } = await import('node:module')
registerHooks({ resolve: note })
const { warmUp } = await import(process.argv[1])
warmUp()
console.log(JSON.stringify([...packages].sort()))
`

test('analysing loads what decodes: neither the HTTP client, nor the validator, nor an SDK', () => {
  const source = new URL('../src/analysis-worker.ts', import.meta.url).href
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', PROGRAM, source])
  const loaded = JSON.parse(String(printed)) as string[]
  expect(loaded).toContain('eventsource-parser')
  expect(loaded.filter((name) => /^(undici|zod|piscina|google-auth-library|@aws-sdk)/.test(name))).toEqual([])
})
