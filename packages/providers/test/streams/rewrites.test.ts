/** What gateways do to a stream on its way, done to every fixture: no number may change. */
import { describe, expect, test } from 'vitest'
import { analyse } from '../../src/analyse.ts'
import { EXPECTED } from '../fixtures/expected.ts'
import { fixtureBytes } from '../support/fixtures.ts'
import { makeTape, saved } from '../support/plans.ts'

const REWRITES: Readonly<Record<string, (event: string) => string>> = {
  'CRLF line ends': (event) => event.replaceAll('\n', '\r\n'),
  'one line end behind each event': (event) => event.replace(/\n+$/, '\n'),
  'three line ends behind each event': (event) => `${event}\n`,
  'a comment before each event': (event) => `: OPENROUTER PROCESSING\n\n${event}`,
  'a keep-alive marked as data before each event': (event) => `data: : keepalive\n\n${event}`,
  'a ping before each event': (event) => `event: ping\ndata: 2026-01-02 03:04:05.6\n\n${event}`,
  'an id with each event': (event) => `id: 7\n${event}`,
  'no space behind the colon': (event) => event.replaceAll(/^(data|event): /gm, '$1:'),
  'data marked twice': (event) => event.replaceAll(/^data: /gm, 'data: data: '),
  'indented messages': (event) => event.replace(/^data: (\{.*\})$/m, (_line, json: string) => indented(json)),
  'a byte order mark before each event': (event) => `\uFEFF${event}`,
  'padding of NUL': (event) => event.replace(/\n\n$/, '\0\n\n'),
  'an error of null in each message': (event) => event.replace(/^data: \{(?=")/m, 'data: {"error":null,'),
}

function indented(json: string): string {
  const lines = JSON.stringify(JSON.parse(json), null, 1).split('\n')
  return lines.map((line) => `data: ${line}`).join('\n')
}

const SSE = EXPECTED.filter(({ file }) => file.endsWith('.sse') && !file.includes('error'))

describe.each(Object.entries(REWRITES))('%s', (_title, rewrite) => {
  test.each(SSE.map((expected) => [expected.file, expected] as const))(
    '%s',
    (file, { provider, requestMode }) => {
      const events = fixtureBytes(file)
        .toString()
        .replaceAll('\r\n', '\n')
        .split(/(?<=\n\n)/)
      const documentOf = (pieces: readonly string[]) => {
        const reads = pieces.map((piece, index) => [(index + 1) * 10, piece] as const)
        return analyse(saved(makeTape(reads), { provider, requestMode }))
      }
      expect(documentOf(events.map(rewrite))).toEqual(documentOf(events))
    },
  )
})
