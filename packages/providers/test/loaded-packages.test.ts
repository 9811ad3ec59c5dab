/** What a process carries for what it does, each in a process of its own. */
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
await import(process.argv[1])
console.log(JSON.stringify([...packages]))
`

function packagesOf(source: string): string[] {
  const url = new URL(`../src/${source}`, import.meta.url).href
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', PROGRAM, url])
  return JSON.parse(String(printed)) as string[]
}

test('the analysis thread loads what decodes: no HTTP client, no validator, no SDK', () => {
  const loaded = packagesOf('analysis-worker.ts')
  expect(loaded).toContain('eventsource-parser')
  expect(loaded.filter((name) => /^(undici|zod|piscina|google-auth-library|@aws-sdk)/.test(name))).toEqual([])
})

test('a process that measures loads an HTTP client, but no validator and no SDK', () => {
  const loaded = packagesOf('index.ts')
  expect(loaded).toContain('undici')
  expect(loaded.filter((name) => /^(zod|google-auth-library|@aws-sdk)/.test(name))).toEqual([])
})
