/** In a process of its own, so that nothing else's memory is counted. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const MIB = 2 ** 20

const PROGRAM = `
const { countTokens } = await import(process.argv[1])
const held = () => (gc(), process.memoryUsage().heapUsed + process.memoryUsage().external)
const before = held()
if (countTokens('Once upon a time') !== 4) throw new Error('Wrong count')
console.log(held() - before)
`

test('the table takes less than 8 MiB once it is loaded', () => {
  const source = new URL('../../src/tokenizer/count.ts', import.meta.url).href
  const args = ['--expose-gc', '--input-type=module', '--eval', PROGRAM, source]
  const bytes = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  expect(bytes / MIB).toBeGreaterThan(4)
  expect(bytes / MIB).toBeLessThan(8)
})
