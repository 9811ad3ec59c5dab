import { findProvider } from '@llmbench/providers'
import { expect, test } from 'vitest'
import { placeOf } from '../src/base-url.ts'
import { readConfig } from '../src/config.ts'
import { measureOnNetwork } from './support/private-network.ts'
import { startRunner } from './support/processes.ts'
import { startProvider, streamTwoTokens } from './support/providers.ts'

const REFUSED =
  /^connect network PlainHttpRefused: .+ plain http is sent to loopback and private addresses only/

test('a self-hosted server is measured over plain http at a private address, by number or by name', () => {
  const near = [
    '10.1.2.3',
    '172.20.0.9',
    '192.168.7.7',
    '100.101.102.103',
    '[fd12:3456::7]',
    'gpu.lan',
    'vllm',
  ]
  const addresses = [
    '10.1.2.3/32',
    '172.20.0.9/32',
    '192.168.7.7/32',
    '100.101.102.103/32',
    'fd12:3456::7/128',
  ]
  const names = { 'gpu.lan': 'fd12:3456::7', vllm: '172.20.0.9' }
  const measured = measureOnNetwork(addresses, names, near)
  for (const host of near)
    expect(measured[host], host).toEqual({ measured: 'completed', listed: '1 models', requests: 2 })
})

test('a name that leads to a public, link-local or metadata address gets no byte over plain http', () => {
  const addresses = ['198.51.100.7/32', '169.254.169.254/32', '100.100.100.200/32', 'fd00:ec2::254/128']
  const names = {
    'public.example': '198.51.100.7',
    'link.local': '169.254.169.254',
    'alibaba.lan': '100.100.100.200',
    'aws.lan': 'fd00:ec2::254',
  }
  const hosts = Object.keys(names)
  const measured = measureOnNetwork(addresses, names, hosts)
  for (const host of hosts) {
    expect(measured[host]?.measured, host).toMatch(REFUSED)
    expect(measured[host]?.listed, host).toMatch(/^network: .+ plain http is sent to/)
    expect(measured[host]?.requests, host).toBe(0)
  }
})

test.each([
  'http://203.0.113.9:8000/v1',
  'http://169.254.169.254/v1',
  'http://[2001:db8::1]/v1',
  'http://0.0.0.0/v1',
  'http://100.100.100.200/v1',
])('VLLM_BASE_URL=%s is refused before anything is sent, with what is accepted', (url) => {
  expect(() => findProvider('vllm')?.access({ VLLM_BASE_URL: url })).toThrow(
    /^VLLM_BASE_URL is plain http to .+: only loopback and private addresses may be reached without TLS$/,
  )
})

test('a vendor with an address of its own is not reached in the clear, wherever its base URL leads', async () => {
  const runner = startRunner(['--local', '--provider', 'groq', '--models', 'm'], {
    GROQ_BASE_URL: 'http://192.168.7.7/openai/v1',
    GROQ_API_KEY: 'groq-key-0123456789',
  })
  expect(await runner.ended).toBe(2)
  expect(runner.stderr()).toContain(
    'GROQ_BASE_URL is plain http to 192.168.7.7: only loopback may be reached without TLS',
  )
})

test('a key that goes over plain http into the network is warned about, without the key', async () => {
  const runner = startRunner(['--local', '--provider', 'vllm', '--discover'], {
    VLLM_BASE_URL: 'http://no-such-host.invalid:8000/v1',
    VLLM_API_KEY: 'vllm-key-0123456789',
  })
  expect(await runner.ended).toBe(1)
  expect(runner.stderr()).toMatch(
    /"provider":"vllm".*The API key is sent unencrypted: the base URL is plain http/,
  )
  expect(runner.stderr()).not.toContain('vllm-key')
})

test('a self-hosted server on this machine needs no key and gets none', async () => {
  const seen: (string | undefined)[] = []
  const provider = await startProvider((request, response) => {
    seen.push(request.headers.authorization)
    streamTwoTokens(request, response)
  })
  const runner = startRunner(['--local', '--json', '--provider', 'vllm', '--models', 'm'], {
    VLLM_BASE_URL: provider,
  })
  expect(await runner.ended).toBe(0)
  expect(seen).toEqual([undefined])
  expect(runner.stderr()).not.toContain('unencrypted')
})

test('the catalogue leads to a private address only where ALLOWED_BASE_URLS names it', () => {
  const vllm = { slug: 'vllm', baseUrlVariable: 'VLLM_BASE_URL' }
  const url = 'http://192.168.7.7:8000/v1'
  expect(placeOf(vllm, url, [url])).toEqual({ url })
  expect(placeOf(vllm, url, ['http://192.168.7.8:8000/v1'])).toHaveProperty('refused')
  expect(placeOf(vllm, url, [])).toHaveProperty('refused')
})

test('ALLOWED_BASE_URLS takes private addresses and names over plain http, and no public address', () => {
  const read = (value: string): readonly string[] =>
    readConfig({ ALLOWED_BASE_URLS: value }, { local: true }).allowedBaseUrls
  expect(read('http://192.168.7.7:8000/v1,http://gpu.lan/v1')).toEqual([
    'http://192.168.7.7:8000/v1',
    'http://gpu.lan/v1',
  ])
  expect(() => read('http://203.0.113.9/v1')).toThrow(
    'ALLOWED_BASE_URLS should begin with https://: plain http is accepted for loopback and private addresses only',
  )
})

test.each(['INGEST_API_URL', 'RUNNER_CONFIG_URL'])(
  '%s is not plain http to a private address',
  (variable) => {
    const environment = {
      INGEST_API_URL: 'https://ingest.example/ingest',
      INGEST_API_KEY: 'ingest-key-0123456789',
      [variable]: 'http://192.168.7.7/ingest',
    }
    expect(() => readConfig(environment, { local: false })).toThrow(
      `${variable} should begin with https://: plain http is accepted for a loopback address only`,
    )
  },
)
