import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../src/json/canonical.ts'
import { scanJson } from '../../src/json/scan.ts'

const LIMITS = { maxDepth: 16, hardDepth: 64, maxFaults: 100 }
const kinds = (text: string): string[] =>
  scanJson(text, LIMITS).faults.map((fault) => `${fault.kind} ${fault.path.join('/')}`.trim())

test('finds nothing in what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'small', maxDepth: 10, noUnicodeString: false }), (value) => {
      const text = JSON.stringify(value)
      const odd = scanJson(text, LIMITS).faults.filter((fault) => fault.kind !== 'inexact_number')
      expect(odd).toEqual([])
    }),
  )
})

test.each([
  ['{"a":1,"b":{"a":2}}', []],
  ['{"a":1,"a":2}', ['duplicate_key a']],
  ['{"a":1,"\\u0061":2}', ['duplicate_key a']],
  ['{"a":[{"b":1,"b":1}]}', ['duplicate_key a/0/b']],
  ['{"a":[1,{"x":"\\ud800"}]}', ['lone_surrogate a/1/x']],
  ['{"\\udc00":1}', ['lone_surrogate \udc00']],
  ['{"a":"\\ud83d\\ude00"}', []],
  ['{"a":"not a \\"key\\":","b":1}', []],
])('%s has the faults %j', (text, faults) => {
  expect(kinds(text)).toEqual(faults)
})

test.each(['0', '-1', '0.1', '1e3', '9007199254740991', '1.7976931348623157e3', '0e5', '0.000', '5e-324'])(
  'the number %s is exact',
  (literal) => {
    expect(kinds(`{"n":${literal}}`)).toEqual([])
  },
)

test.each([
  '1e400',
  '-1e400',
  '9007199254740993',
  '9007199254740992',
  '1e-400',
  '-0',
  '-0.0',
  '12345678901234567890',
])('the number %s is not', (literal) => {
  expect(kinds(`{"n":${literal}}`)).toEqual(['inexact_number n'])
})

test('counts brackets, the document’s own being the first', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
  expect(kinds(nested(16))).toEqual([])
  expect(kinds(nested(17))).toHaveLength(1)
  expect(scanJson(nested(400_000), LIMITS).gaveUp).toBe(true)
})

test('gives up on a text with more faults than are worth telling', () => {
  const text = `{${Array.from({ length: 200 }, () => '"a":1').join(',')}}`
  expect(scanJson(text, LIMITS).gaveUp).toBe(true)
})

test('comes to an end on any text at all', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void scanJson(text, LIMITS)))
})

test('canonical JSON is the same for any order of keys and parses back to the same value', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed())
      expect(canonicalJson(reversed)).toBe(canonicalJson(value))
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value))
    }),
  )
})
