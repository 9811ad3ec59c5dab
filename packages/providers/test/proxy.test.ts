import fc from 'fast-check'
import { expect, test } from 'vitest'
import { proxyFor } from '../src/proxy.ts'

const isProxied = (url: string, ...except: string[]): boolean =>
  proxyFor(new URL(url), { origin: 'http://proxy.test:3128', authorization: null, except }) !== null

const HOST = 'https://api.example.com/v1'

test.each([
  ['*'],
  ['example.com'],
  ['.example.com'],
  ['*.example.com'],
  ['API.Example.COM'],
  ['api.example.com.'],
  ['api.example.com:443'],
  ['com'],
])('NO_PROXY=%s excepts api.example.com', (entry) => expect(isProxied(HOST, 'other.test', entry)).toBe(false))

test.each([
  ['ample.com'],
  ['api.example.com.evil.test'],
  ['xapi.example.com'],
  ['api.example.com:8443'],
  ['api.example.com:'],
  ['.'],
  [''],
  ['203.0.113.0/24'],
  ['https://api.example.com'],
])('NO_PROXY=%s does not except it', (entry) => expect(isProxied(HOST, entry)).toBe(true))

test.each([
  ['https://203.0.113.9/v1', '203.0.113.9', false],
  ['https://203.0.113.9/v1', '203.0.113.0/24', false],
  ['https://203.0.113.9:8443/v1', '203.0.113.9:8443', false],
  ['https://203.0.113.9:8443/v1', '203.0.113.9:443', true],
  ['https://203.0.113.9/v1', '203.0.114.0/24', true],
  ['https://203.0.113.9/v1', '0.0.0.0/0', false],
  ['https://203.0.113.9/v1', '203.0.113.0/33', true],
  ['https://203.0.113.9/v1', '203.0.113.0/x', true],
  ['https://203.0.113.9/v1', '.113.9', true],
  ['https://[2001:db8::9]/v1', '2001:db8::9', false],
  ['https://[2001:db8::9]/v1', '[2001:db8::9]', false],
  ['https://[2001:db8::9]/v1', '[2001:db8::9]:443', false],
  ['https://[2001:db8::9]/v1', '[2001:db8::9]:444', true],
  ['https://[2001:db8::9]/v1', '2001:db8::/32', false],
  ['https://[2001:db8::9]/v1', '203.0.113.0/24', true],
])('%s with NO_PROXY=%s: through the proxy %s', (url, entry, proxied) =>
  expect(isProxied(url, entry)).toBe(proxied),
)

test.each([
  'https://localhost/v1',
  'https://127.0.0.1/v1',
  'https://[::1]/v1',
  'http://192.168.1.20:8000/v1',
])('%s is reached directly, whatever the proxy is', (url) => expect(isProxied(url)).toBe(false))

test('without a proxy nothing goes through one, and no NO_PROXY makes the decision fail', () => {
  expect(proxyFor(new URL(HOST), null)).toBeNull()
  fc.assert(fc.property(fc.string(), (entry) => typeof isProxied(HOST, entry) === 'boolean'))
  fc.assert(
    fc.property(fc.string(), (entry) => typeof isProxied('https://[2001:db8::9]', entry) === 'boolean'),
  )
})
