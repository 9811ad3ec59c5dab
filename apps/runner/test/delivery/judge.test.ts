import { expect, test } from 'vitest'
import { judgeAnswer } from '../../src/delivery/judge.ts'

const NOW = Date.parse('2026-11-24T10:00:00Z')

function judgeStatus(status: number, headers: Record<string, string> = {}) {
  return judgeAnswer({ status, headers, body: '' }, 'batch', NOW)
}

test('every status from 100 to 599 keeps or narrows a batch; only a 200 with verdicts settles one', () => {
  const special: Record<number, string> = { 400: 'split', 413: 'split', 401: 'pause', 403: 'pause' }
  for (let status = 100; status < 600; status++) {
    expect([status, judgeStatus(status).action]).toEqual([status, special[status] ?? 'keep'])
  }
})

test('404 and 405 slow everything down, 415 and 422 that batch alone, and each is an alarm', () => {
  for (const status of [404, 405]) {
    expect(judgeStatus(status)).toMatchObject({ pace: 'slow', scope: 'all', alarm: true })
  }
  for (const status of [415, 422]) {
    expect(judgeStatus(status)).toMatchObject({ pace: 'slow', scope: 'batch', alarm: true })
  }
  expect(judgeStatus(503, { 'retry-after': '7' })).toMatchObject({
    pace: 'backoff',
    retryAfterMs: 7000,
    alarm: false,
  })
})

test('a redirect is named by its host and not followed', () => {
  const judgement = judgeStatus(302, { location: 'https://portal.example/login?token=1' })
  expect(judgement).toMatchObject({ reason: 'HTTP 302 to portal.example; redirects are not followed' })
})

test.each(['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
  'a certificate that is refused (%s) is an alarm, a refused connection is not',
  (code) => {
    expect(judgeAnswer({ failure: code, code }, 'batch', NOW)).toMatchObject({ alarm: true, action: 'keep' })
    expect(judgeAnswer({ failure: 'x', code: 'ECONNREFUSED' }, 'batch', NOW)).toMatchObject({ alarm: false })
  },
)
