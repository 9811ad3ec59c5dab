import { expect, test } from 'vitest'
import { scrubTape, scrubText } from '../src/scrub.ts'
import { unpackReads } from '../src/transport/packed-reads.ts'
import { makeTape } from './support/plans.ts'
import { stored } from './support/record.ts'

const SECRET = 'sk-secret-0123456789'

test('a secret that a server echoes is struck out of body, headers and failure, also across reads', () => {
  const tape = makeTape(
    [
      [1, `bad key ${SECRET.slice(0, 7)}`],
      [2, `${SECRET.slice(7)} and ${SECRET}!`],
    ],
    {
      response: { status: 401, headers: { 'x-echo': SECRET } },
      failure: { stage: 'body', cause: 'network', deadline: null, name: 'E', message: `for ${SECRET}` },
    },
  )
  const scrubbed = scrubTape(stored(tape), [SECRET])
  const reads = unpackReads(scrubbed.packed())
  const text =
    JSON.stringify(scrubbed.response) +
    scrubbed.failure?.message +
    Buffer.concat(reads.map((read) => read.bytes))
  expect(text).not.toContain(SECRET)
  expect(reads.map(({ atNs, bytes }) => [atNs, bytes.length])).toEqual(
    tape.reads.map(({ atNs, bytes }) => [atNs, bytes.length]),
  )
})

test('without an echo the reads stay as they are', () => {
  const tape = makeTape([[1, 'fine']])
  expect(unpackReads(scrubTape(stored(tape), [SECRET]).packed())).toEqual(
    tape.reads.map(({ atNs, bytes }) => ({ atNs, bytes: Uint8Array.from(bytes) })),
  )
})

test.each(['null', 'EMPTY', 'none', 'ollama', 'test'])(
  'the word %s in place of a key is no secret, and the answer stays as it is',
  (word) => {
    const body = `{"finish_reason":null,"content":"this ${word} is a test of none"}`
    const reads = unpackReads(scrubTape(stored(makeTape([[1, body]])), [word]).packed())
    expect(Buffer.concat(reads.map(({ bytes }) => bytes)).toString()).toBe(body)
  },
)

test.each(['ab12', 'dummykey', 'x-y-z', 'secret', 'Hunter', 'abcd', 'tests'])(
  'the short key %s is one',
  (key) => {
    const reads = unpackReads(scrubTape(stored(makeTape([[1, `bad ${key}`]])), [key]).packed())
    expect(Buffer.concat(reads.map(({ bytes }) => bytes)).toString()).toBe(`bad ${'*'.repeat(key.length)}`)
  },
)

test('a text keeps its length', () => {
  expect(scrubText(`a ${SECRET} b`, [SECRET])).toBe(`a ${'*'.repeat(SECRET.length)} b`)
})
