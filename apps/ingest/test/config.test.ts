import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { ConfigFault } from '../src/errors.ts'
import { readRetentionSettings } from '../src/retention/settings.ts'
import { readStoreTarget } from '../src/store/target.ts'
import { KEY, SECRETS, TOKEN } from './support/process.ts'
import { scratchFolder } from './support/stores.ts'

const faultOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof ConfigFault) return error.message
    throw error
  }
  return 'none'
}

const fileOf = (text: string | Buffer): string => {
  const path = join(scratchFolder(), 'file')
  writeFileSync(path, text)
  return path
}

const NUMBERS = [' ', ' 8080', '80a', '-1', '1.5', '1e3', '0x10', '99999999999', '٣', 'NaN']
const BAD: Readonly<Record<string, readonly string[]>> = {
  PORT: [...NUMBERS, '65536', '8080,8081'],
  METRICS_PORT: [...NUMBERS, '65536'],
  INTERVAL_MINUTES: [...NUMBERS, '0', '10081'],
  MAX_BODY_BYTES: [...NUMBERS, '0', '1MB'],
  MAX_DECODED_BYTES: [...NUMBERS, '0'],
  MAX_BATCH_ITEMS: [...NUMBERS, '0', '10001'],
  MAX_ITEM_BYTES: [...NUMBERS, '0'],
  MAX_NESTING: [...NUMBERS, '3', '49'],
  MAX_BYTES_UNDER_WAY: [...NUMBERS, '0'],
  RATE_LIMIT_PER_MINUTE: [...NUMBERS, '0'],
  FAILED_LOGINS_PER_MINUTE: [...NUMBERS, '0', '1001'],
  LOG_LEVEL: [' ', 'verbose', 'INFO', 'info,debug'],
  PROMOTE_AUTOMATICALLY: [' ', 'yes', 'true', '01'],
  HOST: [
    ' ',
    '[::1]',
    '0.0.0.0:8080',
    '::1]',
    'http://x',
    'a b',
    '-a',
    'a..b',
    '*',
    '127.0.0.1/8',
    'a'.repeat(300),
  ],
  METRICS_HOST: [' ', '[::]', 'host:9464'],
  PUBLISHED_PROFILES: [' ', ',', 'a,,b', 'a b', '"cloud-default-v1"', 'a;b'],
  TRUSTED_PROXIES: [
    ' ',
    ',',
    'nearby',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/8/9',
    '10.0.0.0/',
    '10.0.0.0/33',
    '::1/129',
    '10/8',
    '10.0.0.0/08x',
    '127.0.0.1:80',
    '[::1]',
    'fe80::1%eth0',
    '::ffff:10.0.0.0/104',
    '10.0.0.1;10.0.0.2',
  ],
  OTEL_EXPORTER_OTLP_ENDPOINT: [' ', 'collector', 'collector:4318', 'ftp://x', 'http://', 'http://a b'],
  STORE_PATH: [' ', '/', '.', '/tmp'],
  MONGODB_URI: [
    ' ',
    'localhost',
    'http://h/x',
    'mongodb://h',
    'mongodb://h/',
    'mongodb://h/?x=1',
    'mongodb:///x',
    'mongodb://bench:p@ss/w0rd@127.0.0.1:27017/llm-bench',
    'mongodb://u:p#w@h/x',
    'mongodb://u:pa:ss@h/x',
    'mongodb://h/llm.bench',
    'mongodb://h/llm%2Fbench',
    'mongodb://h/a b',
    'mongodb://h/$x',
    'mongodb://h/a"b',
    `mongodb://h/${'x'.repeat(64)}`,
    'mongodb://h/admin',
    'mongodb://h:99999/x',
    'mongodb://h:0/x',
    'mongodb://h/x?foo=1',
    'mongodb://h/x?tls=maybe',
    'mongodb://h/x?w=majority&w=1',
    'mongodb://h/%zz',
  ],
  INGEST_API_KEY: [
    ' ',
    ',',
    'tooshort123',
    'k'.repeat(5000),
    'a secret with white space',
    'schlüssel-schlüssel',
  ],
  RUNNER_CONFIG_TOKEN: [
    ' ',
    '"quoted-secret-0123456789"',
    'NAME=secret-0123456789abcdef',
    `good-secret-0123456789,x`,
  ],
}

test.each(Object.entries(BAD))(
  '%s is refused by its name, and its value is not printed',
  (variable, values) => {
    for (const value of values) {
      const fault = faultOf(() => readConfig({ ...SECRETS, [variable]: value }))
      expect(fault, value).toMatch(new RegExp(`^${variable}\\b`))
      if (value.length > 12) expect(fault).not.toContain(value)
    }
  },
)

test.each(Object.keys(BAD))('%s without a value is as if it were not set', (variable) => {
  const named = { ...SECRETS, [variable]: '' }
  if (variable in SECRETS)
    expect(faultOf(() => readConfig(named))).toMatch(new RegExp(`^${variable} must hold`))
  else expect(readConfig(named)).toMatchObject({ port: 8080, host: '127.0.0.1' })
})

test.each([
  ['HOST', '::'],
  ['HOST', 'localhost'],
  ['HOST', 'ingest_1.internal.'],
  ['TRUSTED_PROXIES', '10.0.0.0/8, 192.168.1.1,::1,fd00::/8,0.0.0.0/1'],
  ['PUBLISHED_PROFILES', 'cloud-default-v1, cloud-long-v1'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://collector.example:4318/v1'],
  ['MONGODB_URI', 'mongodb://u:p%40ss%2Fw@h1:27017,h2/llm-bench?replicaSet=rs0&tls=true'],
  ['MONGODB_URI', 'mongodb+srv://u:p@cluster.example.net/llm_bench-2?retryWrites=true'],
  ['MONGODB_URI', 'mongodb://[::1]:27017/x'],
])('%s=%s is taken', (variable, value) => {
  expect(faultOf(() => readConfig({ ...SECRETS, [variable]: value }))).toBe('none')
})

test('a file of the store is one, whatever its name means to SQLite', () => {
  for (const path of [':memory:', 'file:x?mode=memory', 'file::memory:?cache=shared'])
    expect(readStoreTarget({ STORE_PATH: path })).toEqual({ path: resolve(path) })
})

test.each([
  ['MONGODB_URI', 'mongodb://127.0.0.1:27017/llm-bench'],
  ['STORE_PATH', '/var/tmp/llmbench.sqlite'],
  ...Object.keys(BAD)
    .filter((variable) => /^(METRICS_)?PORT$|MINUTE|MAX/.test(variable))
    .map((variable) => [variable, variable === 'MAX_NESTING' ? '20' : '1100']),
  ['HOST', '::1'],
  ['LOG_LEVEL', 'warn'],
  ['TRUSTED_PROXIES', '10.0.0.0/8'],
  ['PUBLISHED_PROFILES', 'cloud-long-v1'],
  ['PROMOTE_AUTOMATICALLY', '1'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:4318'],
] as [variable: string, value: string][])(
  '%s is taken from the file that %s_FILE names',
  (variable, given) => {
    const value = variable === 'FAILED_LOGINS_PER_MINUTE' ? '50' : given
    const shown = (environment: Record<string, string>) => {
      const config = readConfig({ ...SECRETS, ...environment })
      return JSON.stringify({ ...config, publishedProfiles: [...config.publishedProfiles] })
    }
    const direct = shown({ [variable]: value })
    expect(direct).not.toBe(shown({}))
    for (const text of [value, `${value}\n`, `\uFEFF${value}\r\n`, `\n ${value} \n`])
      expect(shown({ [`${variable}_FILE`]: fileOf(text) })).toBe(direct)
    const both = { ...SECRETS, [variable]: value, [`${variable}_FILE`]: fileOf(value) }
    expect(faultOf(() => readConfig(both))).toMatch(
      new RegExp(`^${variable} and ${variable}_FILE are both set`),
    )
  },
)

test.each(['MONGODB_URI', 'PORT', 'INGEST_API_KEY', 'RUNNER_CONFIG_TOKEN'])(
  '%s_FILE that names nothing to read is refused by its name',
  (variable) => {
    const folder = join(scratchFolder(), 'folder')
    mkdirSync(folder)
    for (const path of ['/nonexistent/secret-path', folder, fileOf(''), fileOf(' \n\n')]) {
      const environment = { ...SECRETS, [variable]: '', [`${variable}_FILE`]: path }
      const fault = faultOf(() => readConfig(environment))
      expect(fault).toMatch(new RegExp(`^${variable}_FILE must`))
      expect(fault).not.toContain(path)
    }
  },
)

test('retention is configured in the same way', () => {
  const file = fileOf('400\n')
  expect(readRetentionSettings({ RETENTION_DAYS_ERRORS_CLOUD_FILE: file })).toMatchObject({
    errors_cloud: 400,
  })
})

test.each([
  ['a heading', `# the key of 2026\n${KEY}\n`, 1],
  ['a comment after the key', `${KEY} # of 2026\n`, 1],
  ['a comment right after the key', `${KEY}\n${TOKEN}#of-2026\n`, 2],
  ['a name', `INGEST_API_KEY=${KEY}\n`, 1],
  ['a name to export', `\n\nexport INGEST_API_KEY=${KEY}\n`, 3],
  ['double quotes', `"${KEY}"\n`, 1],
  ['single quotes', `${TOKEN}\r\n'${KEY}'\r\n`, 2],
  ['a quote that is not closed', `"${KEY}\n`, 1],
  ['white space', 'the key of the runners\n', 1],
  ['a tab', `${KEY}\t${TOKEN}\n`, 1],
  ['something invisible', `${KEY}\u200B\n`, 1],
  ['a key that is too short', `${KEY}\nshort\n`, 2],
  ['a byte that is no text', Buffer.concat([Buffer.from(KEY), Buffer.from([0xff, 0])]), 1],
])('a key file with %s is refused with the line, and no line of it is a key', (_title, text, line) => {
  const environment = { ...SECRETS, INGEST_API_KEY: '', INGEST_API_KEY_FILE: fileOf(text) }
  const fault = faultOf(() => readConfig(environment))
  expect(fault).toMatch(new RegExp(`^INGEST_API_KEY_FILE, line ${line}: `))
  expect(fault).not.toContain(KEY)
  expect(fault).not.toContain(TOKEN)
})

test.each([
  ['one line', KEY, [KEY]],
  [
    'line ends of Windows, blank lines and white space around',
    `\r\n  ${KEY}  \r\n\r\n\t${TOKEN}\r\n`,
    [KEY, TOKEN],
  ],
  ['a byte order mark', `\uFEFF${KEY}\n`, [KEY]],
  ['files put together, each with a byte order mark', `${KEY}\n\uFEFF${TOKEN}\n`, [KEY, TOKEN]],
  ['commas', `${KEY}, ${TOKEN},\n`, [KEY, TOKEN]],
  ['a key twice', `${KEY}\n${KEY}\n${TOKEN},${KEY}\n`, [KEY, TOKEN]],
  [
    'base64 with its padding',
    'QUJDREVGR0hJSktMTU4=\nQUJDREVGR0hJSktMTQ==\n',
    ['QUJDREVGR0hJSktMTU4=', 'QUJDREVGR0hJSktMTQ=='],
  ],
  ['signs', 'a!$%&()*+-./:;<=>?@[]^_{|}~\\\n', ['a!$%&()*+-./:;<=>?@[]^_{|}~\\']],
])('a key file with %s is read', (_title, text, keys) => {
  const environment = { ...SECRETS, INGEST_API_KEY: '', INGEST_API_KEY_FILE: fileOf(text) }
  expect(readConfig(environment).ingestKeys.read()).toEqual(keys)
})
