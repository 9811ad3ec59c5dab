import { expect, test } from 'vitest'
import { mayBePlainHttp, reachOf } from '../src/addresses.ts'

test.each([
  ['127.0.0.1', 'loopback'],
  ['127.255.0.9', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['11.0.0.0', 'public'],
  ['172.15.255.255', 'public'],
  ['172.16.0.0', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.0', 'public'],
  ['192.168.0.1', 'private'],
  ['192.169.0.0', 'public'],
  ['::ffff:192.168.0.1', 'private'],
  ['fc00::1', 'private'],
  ['fdff:ffff::1', 'private'],
  ['fe00::1', 'public'],
])('RFC 1918 and RFC 4193: %s is %s', (address, reach) => expect(reachOf(address)).toBe(reach))

test.each([
  ['100.63.255.255', 'public'],
  ['100.64.0.0', 'private'],
  ['100.127.255.255', 'private'],
  ['100.128.0.0', 'public'],
])('what overlay networks use of RFC 6598 is private: %s is %s', (address, reach) =>
  expect(reachOf(address)).toBe(reach),
)

test.each([
  ['169.254.169.254'],
  ['169.254.0.1'],
  ['fe80::1'],
  ['fe80::1%eth0'],
  ['100.100.100.200'],
  ['::ffff:100.100.100.200'],
  ['fd00:ec2::254'],
  ['fd20:ce::254'],
  ['0.0.0.0'],
  ['::'],
  ['224.0.0.1'],
  ['255.255.255.255'],
  ['64:ff9b::a00:1'],
  ['8.8.8.8'],
  ['2001:4860:4860::8888'],
  ['gpu.lan'],
  [''],
])('link-local, metadata, unspecified and foreign addresses are public: %s', (address) =>
  expect(reachOf(address)).toBe('public'),
)

test.each([
  ['localhost', true, true],
  ['127.0.0.1', true, true],
  ['[::1]', true, true],
  ['192.168.0.1', false, true],
  ['[fd12::1]', false, true],
  ['gpu.lan', false, true],
  ['localhost.example.com', false, true],
  ['8.8.8.8', false, false],
  ['[fe80::1]', false, false],
])('plain http to %s: on this machine alone %s, in a private network %s', (host, loopback, near) => {
  expect(mayBePlainHttp(host, 'loopback')).toBe(loopback)
  expect(mayBePlainHttp(host, 'private')).toBe(near)
})
