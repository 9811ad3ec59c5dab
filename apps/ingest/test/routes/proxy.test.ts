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

const B = '2001:db8:1:2'

test.each<[title: string, first: string, second: string, isSameClient: boolean]>([
  ['a port that changes', '192.0.2.1:50000', '192.0.2.1:50001', true],
  ['an IPv6 address in brackets with a port that changes', `[${B}::9]:50000`, `[${B}::9]:50001`, true],
  ['an IPv6 address with and without brackets', `[${B}::9]`, `${B}::9`, true],
  ['another spelling of the same address', '2001:DB8:1:2:0:0:0:9', '2001:db8:1:2::9', true],
  ['another address of the same /64', `${B}::9`, `${B}:aaaa:bbbb:cccc:dddd`, true],
  ['an address of another /64', `${B}::9`, '2001:db8:1:3::9', false],
  ['an IPv4 address that is mapped', '::ffff:192.0.2.1', '192.0.2.1', true],
  ['a zone', 'fe80::1%eth0', 'fe80::1%eth1', true],
  ['a list whose beginning the client wrote', '198.51.100.1, 192.0.2.1', '198.51.100.2, 192.0.2.1', true],
  ['a trusted proxy in the list, with a port', '192.0.2.1, 127.0.0.1:9', '192.0.2.2, 127.0.0.1:9', false],
  ['something that is no address', 'unknown', '_hidden42', true],
  ['an empty entry', '', ',', true],
  ['numbers that are no address', '999.1.1.1', '1.2.3', true],
  ['letters without end', 'a'.repeat(4000), 'b'.repeat(4000), true],
])('bad keys are counted by client: %s', async (_title, first, second, isSameClient) => {
  const { post } = await openApp({ limits: { failedLoginsPerMinute: 1 }, trustedProxies: ['127.0.0.0/8'] })
  expect((await post('/ingest', {}, wrongFrom(first))).statusCode).toBe(401)
  expect((await post('/ingest', {}, wrongFrom(second))).statusCode).toBe(isSameClient ? 429 : 401)
})
