import { expect, test } from 'vitest'
import { openApp } from '../support/app.ts'

const wrongFrom = (client: string) => ({
  authorization: 'Bearer wrong-wrong-wrong-wrong',
  'x-forwarded-for': client,
})

test.each([
  ['is believed of a trusted proxy', ['127.0.0.1'], 401],
  ['is not believed of anybody else', [], 429],
] as const)('the address in X-Forwarded-For %s', async (_title, trustedProxies, secondClient) => {
  const { post } = await openApp({ limits: { failedLoginsPerMinute: 1 }, trustedProxies })
  const codes = []
  for (const client of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) {
    codes.push((await post('/ingest', {}, wrongFrom(client))).statusCode)
  }
  expect(codes).toEqual([401, 429, secondClient])
})
