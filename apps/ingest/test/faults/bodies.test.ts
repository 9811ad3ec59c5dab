import { expect, test } from 'vitest'
import { ask } from '../support/ask.ts'
import { legacyResult, result, secondsAgo } from '../support/documents.ts'
import { post, startWithModel } from '../support/process.ts'
import { storeEnvironment } from '../support/stores.ts'

/** `body` as JSON with one of its values, written `@`, replaced by `text` as it stands. */
const put = (body: Record<string, unknown>, text: string): string => JSON.stringify(body).replace('"@"', text)
const bytes = (text: string, byte: number): Buffer => {
  const [before = '', after = ''] = text.split('@', 2)
  return Buffer.concat([Buffer.from(before), Buffer.from([byte]), Buffer.from(after)])
}
const good = (): string => JSON.stringify(result())
const DAY = 86_400

type Row = readonly [title: string, body: () => string | Buffer, status: number]

const ROWS: Record<string, readonly Row[]> = {
  'row 16: text that is not what it seems': [
    ['malformed', () => '{"a":', 400],
    ['a byte order mark', () => `\uFEFF${good()}`, 400],
    ['UTF-16', () => Buffer.from(good(), 'utf16le'), 400],
    ['invalid UTF-8', () => bytes(JSON.stringify(result({ region: '@' })), 0xff), 400],
    ['a lone surrogate', () => put(result({ region: '@' }), String.raw`"\ud800"`), 422],
    ['a duplicate key', () => put(result({ region: '@' }), '"a","region":"b"'), 400],
    ['a bare NaN', () => put(result({ generate_time: '@' }), 'NaN'), 400],
    ['trailing garbage', () => `${good()}x`, 400],
    ['two documents', () => good() + good(), 400],
    ['nothing', () => '', 400],
  ],
  'row 19: keys a database would act on': [
    ['$where', () => JSON.stringify({ ...result(), $where: '1' }), 422],
    ['an operator for a value', () => JSON.stringify(result({ provider: { $gt: '' } })), 422],
    ['a dotted key', () => JSON.stringify({ ...result(), 'a.b': 1 }), 422],
    ['an empty key', () => JSON.stringify({ ...result(), '': 1 }), 422],
    ['_bsontype', () => JSON.stringify({ ...result(), _bsontype: 'ObjectId' }), 422],
    ['__proto__', () => good().replace('{', '{"__proto__":{"polluted":1},'), 422],
    ['__proto__, escaped', () => good().replace('{', String.raw`{"\u005f_proto__":{"polluted":1},`), 422],
    ['toBSON', () => JSON.stringify({ ...result(), toBSON: 1 }), 422],
    [
      '_bsontype within server_timing',
      () => JSON.stringify(result({ server_timing: { _bsontype: 'Code' } })),
      422,
    ],
  ],
  'row 20: numbers that a double does not hold': [
    ['1e400', () => put(result({ generate_time: '@' }), '1e400'), 422],
    ['minus zero', () => put(result({ time_to_first_token: '@' }), '-0'), 422],
    ['2^53+1', () => put(result({ output_tokens: '@' }), '9007199254740993'), 422],
    ['1e-400', () => put(result({ time_to_first_token: '@' }), '1e-400'), 422],
    ['a numeric string', () => JSON.stringify(result({ output_tokens: '64' })), 422],
    ['within a long list', () => put(result({ times_between_tokens: [0.1, '@'] }), '1e400'), 422],
    ['negative within a long list', () => put(result({ times_between_tokens: [0.1, '@'] }), '-0.5'), 422],
  ],
  'row 22: times': [
    ['ISO with a zone', () => JSON.stringify(result({ run_ts: secondsAgo(60).toISOString() })), 200],
    ['naive, which is UTC', () => JSON.stringify(legacyResult()), 200],
    ['an epoch', () => JSON.stringify(legacyResult({ run_ts: Math.floor(Date.now() / 1000) })), 422],
    ['an epoch as text', () => JSON.stringify(legacyResult({ run_ts: String(Date.now()) })), 422],
    [
      'a future beyond 10 minutes',
      () => JSON.stringify(result({ run_ts: secondsAgo(-660).toISOString() })),
      422,
    ],
    [
      'a past beyond 90 days',
      () => JSON.stringify(result({ run_ts: secondsAgo(91 * DAY).toISOString() })),
      422,
    ],
    ['a past of 89 days', () => JSON.stringify(result({ run_ts: secondsAgo(89 * DAY).toISOString() })), 200],
  ],
}

test.each(Object.entries(ROWS))('%s', async (_row, rows) => {
  const service = await startWithModel(storeEnvironment('sqlite'))
  const answered = []
  for (const [title, body] of rows) {
    const { status, text } = await ask(service.url, '/ingest', { body: body() })
    answered.push([title, status, ...(status >= 500 || status === 0 ? [text] : [])])
  }
  expect(answered).toEqual(rows.map(([title, _body, status]) => [title, status]))
  expect(await (await post(service, '/ingest', result())).json()).toMatchObject({ verdict: 'created' })
})
