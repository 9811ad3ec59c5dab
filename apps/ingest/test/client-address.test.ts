import { expect, test } from 'vitest'
import { networkOf, readAddress, trustOnly } from '../src/client-address.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  [' 192.0.2.1 ', '192.0.2.1'],
  ['192.0.2.1:443', '192.0.2.1'],
  ['192.0.2.1:', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['[::ffff:192.0.2.1]:80', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['2001:DB8:0:0:0:0:0:9', '2001:db8::9'],
  ['[2001:db8::9]', '2001:db8::9'],
  ['[2001:db8::9]:65535', '2001:db8::9'],
  ['fe80::1%eth0', 'fe80::1'],
  ['[fe80::1%25eth0]:80', 'fe80::1'],
  ['::1', '::1'],
])('%j is the address %s', (text, address) => {
  expect(readAddress(text)).toBe(address)
})

test.each([
  '',
  '1.2.3.4, 5.6.7.8',
  '1.2.3.4\u0000',
  ...'unknown _id localhost host:80 999.0.0.1 1.2.3 0x7f.0.0.1 2130706433 1.2.3.4:http [1.2.3.4'.split(' '),
  ...'2001:db8::9]:80 [::1]]:80 "1.2.3.4" %'.split(' '),
  ...'%[1:'.split('').map((character) => character.repeat(10_000)),
])('%j is no address', (text) => {
  expect(readAddress(text)).toBeNull()
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::2:3:4:5:6', '0:0:0:2::/64'],
  ['1::', '1:0:0:0::/64'],
])('%s is of the client %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('a proxy is trusted by its address, whatever stands around it', () => {
  const isTrusted = trustOnly(['10.0.0.0/8', '192.0.2.1', 'fd00::/8', '2001:db8::1'])
  for (const one of [
    '10.1.2.3',
    '10.1.2.3:80',
    '::ffff:10.1.2.3',
    '192.0.2.1',
    '[fd12::1]:80',
    '2001:db8:0::1',
  ])
    expect(isTrusted(one), one).toBe(true)
  for (const one of ['11.0.0.1', '192.0.2.2', 'fe80::1', '2001:db8::2', 'unknown', '', '10.0.0.0/8'])
    expect(isTrusted(one), one).toBe(false)
})
