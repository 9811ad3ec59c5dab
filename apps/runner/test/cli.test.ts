import { providerSlugs } from '@llmbench/providers'
import { expect, test } from 'vitest'
import { parseOptions } from '../src/cli.ts'
import { readConfig } from '../src/config.ts'

function parse(...args: string[]) {
  const said: string[] = []
  const output = { writeOut: (text: string) => said.push(text), writeErr: (text: string) => said.push(text) }
  try {
    return { options: parseOptions(args, output, providerSlugs()), said: said.join(''), code: 0 }
  } catch (error) {
    return { options: null, said: said.join(''), code: (error as { exitCode: number }).exitCode }
  }
}

test.each([
  [['--provider', 'nope'], /--provider.*'nope'.*Accepted: all, openai, azure/],
  [['--provider', ','], /--provider.*at least one name/],
  [[], /--provider <a,b\|all> is required. Accepted: all, openai, azure/],
  [['--dameon'], /unknown option '--dameon'/],
  [['--provider', 'groq', '--exclude', 'nope'], /--exclude.*"nope" is no provider/],
  [['--provider', 'groq', '--interval', '0'], /--interval.*'0'.*above 0 and up to 10080/],
  [['--provider', 'groq', '--interval', 'soon'], /--interval.*'soon'/],
  [['--provider', 'groq', '--interval', 'Infinity'], /--interval/],
  [['--provider', 'groq', '--profile', 'x'], /--profile.*'x'.*Accepted: cloud-default-v1/],
  [['--provider', 'groq', '--request-mode', 'x'], /--request-mode.*'x'.*chat, completions, responses/],
  [['--provider', 'groq', '--daemon', '--once'], /--daemon.*--once/],
  [['--provider', 'groq', '--dameon'], /unknown option '--dameon'[\s\S]*--daemon/],
  [['--provider', 'groq', 'extra'], /too many arguments/],
])('%j is refused with exit code 2 and says why', (args, sentence) => {
  const { said, code } = parse(...args)
  expect(code).toBe(2)
  expect(said).toMatch(sentence)
})

test('fractions of minutes, lists and every flag are read', () => {
  const { options } = parse(
    '--provider',
    'groq,openai',
    '--models',
    'groq:a, openai:b',
    '--daemon',
    '--interval',
    '0.5',
  )
  expect(options).toMatchObject({
    providers: ['groq', 'openai'],
    models: ['groq:a', 'openai:b'],
    daemon: true,
    intervalMinutes: 0.5,
    requestMode: null,
    local: false,
  })
})

test('--help is no fault and shows an example', () => {
  const { options, said, code } = parse('--help')
  expect({ options, code }).toEqual({ options: null, code: 0 })
  expect(said).toMatch(/Examples:\n {2}GROQ_API_KEY=… runner --local/)
})

const GOOD = { INGEST_API_URL: 'https://host/ingest', INGEST_API_KEY: 'secret-value' }

test.each([
  [{ INGEST_API_URL: '' }, /^INGEST_API_URL is not set: it should be the full URL of the ingest/],
  [{ INGEST_API_URL: 'http://example.com/ingest' }, /^INGEST_API_URL should begin with https/],
  [{ INGEST_API_URL: 'ftp://host/ingest' }, /^INGEST_API_URL should be the full URL/],
  [{ INGEST_API_URL: 'https://u:secret-value@host/ingest' }, /^INGEST_API_URL should hold no user name/],
  [{ INGEST_API_URL: 'https://host/' }, /^INGEST_API_URL should end in \/ingest/],
  [{ RUNNER_CONFIG_URL: 'http://example.com/runner-config' }, /^RUNNER_CONFIG_URL should begin with https/],
  [{ RUNNER_CONFIG_URL: 'https://host/runner-config' }, /^RUNNER_CONFIG_TOKEN is not set/],
  [{ INGEST_API_KEY: '' }, /^INGEST_API_KEY is not set/],
  [{ INGEST_API_KEY: 'secret-value\nx' }, /^INGEST_API_KEY holds characters/],
  [{ INGEST_API_KEY_FILE: '/no/such/secret-value' }, /^INGEST_API_KEY_FILE should name a file/],
  [{ RUNNER_CONFIG_GRACE_SECONDS: 'secret-value' }, /^RUNNER_CONFIG_GRACE_SECONDS should be a whole number/],
  [{ BENCHMARK_MODELS_OVERRIDE: 'secret-value' }, /^BENCHMARK_MODELS_OVERRIDE should be 1 or 0/],
  [{ LOG_LEVEL: 'secret-value' }, /^LOG_LEVEL should be one of fatal, error/],
  [{ RUNNER_ID: 'secret value' }, /^RUNNER_ID should be a name/],
  [{ RUNNER_CALIBRATION: 'secret-value' }, /^RUNNER_CALIBRATION should be daily or off/],
  [{ RUNNER_CALIBRATION_LIMIT_MS: '-5' }, /^RUNNER_CALIBRATION_LIMIT_MS should be a number of milliseconds/],
  [{ RUNNER_METRICS_PORT: '65536' }, /^RUNNER_METRICS_PORT should be a port number/],
  [{ BUDGET_USD_PER_DAY: 'secret-value' }, /^BUDGET_USD_PER_DAY should be an amount of US dollars/],
])('%j is refused by the variable’s name, never by its value', (differences, sentence) => {
  const read = (): unknown => readConfig({ ...GOOD, ...differences }, { local: false })
  expect(read).toThrow(sentence)
  expect(read).not.toThrow(/secret.value/)
})

test('plain http is accepted to this machine only, and --local needs no ingest', () => {
  const url = 'http://127.0.0.1:8080/ingest'
  expect(readConfig({ ...GOOD, INGEST_API_URL: url }, { local: false }).ingest?.url).toBe(url)
  expect(readConfig({}, { local: true }).ingest).toBeNull()
})

test('calibration can be switched off, and its limit set', () => {
  const limit = (environment: Record<string, string>): number | null =>
    readConfig({ ...GOOD, ...environment }, { local: false }).calibrationLimitMs
  expect(limit({})).toBe(5)
  expect(limit({ RUNNER_CALIBRATION_LIMIT_MS: '2.5' })).toBe(2.5)
  expect(limit({ RUNNER_CALIBRATION: 'off', RUNNER_CALIBRATION_LIMIT_MS: '2.5' })).toBeNull()
})

test('several keys are read in order; the region falls back to AWS_REGION', () => {
  const config = readConfig(
    { ...GOOD, INGEST_API_KEY: 'one, two', AWS_REGION: 'eu-west-1' },
    { local: false },
  )
  expect(config.ingest?.keys.read()).toEqual(['one', 'two'])
  expect(config).toMatchObject({ region: 'eu-west-1', stateDirectory: 'data/runner' })
})
