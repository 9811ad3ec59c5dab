import { expect, test } from 'vitest'
import { judgeId } from '../../src/models/bedrock-verdict.ts'
import { pageOf, profile, startBedrock, summary } from '../support/bedrock-account.ts'
import { addModel } from '../support/app.ts'
import { models } from '../support/models.ts'
import { runCommand } from '../support/process.ts'
import { openStore, storeEnvironment } from '../support/stores.ts'

const SONNET = 'anthropic.claude-sonnet-4-5-20250929-v1:0'
const SUMMARIES = [
  summary(SONNET, { inferenceTypesSupported: ['INFERENCE_PROFILE'] }),
  summary('amazon.nova-pro-v1:0', { inferenceTypesSupported: ['ON_DEMAND', 'INFERENCE_PROFILE'] }),
  summary('mistral.mistral-large-2402-v1:0', { modelLifecycle: { status: 'LEGACY' } }),
  summary('amazon.titan-embed-text-v2:0', {
    outputModalities: ['EMBEDDING'],
    responseStreamingSupported: false,
  }),
  summary('meta.llama3-1-70b-instruct-v1:0', { inferenceTypesSupported: ['INFERENCE_PROFILE'] }),
  summary('amazon.nova-lite-v1:0:24k', { inferenceTypesSupported: ['PROVISIONED'] }),
]
const OWN_ARN = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123'
const PROFILES = [
  profile('us.anthropic.claude-opus-4-5-20251101-v1:0'),
  profile('us.amazon.nova-pro-v1:0'),
  profile(`us.${SONNET}`),
  profile(`global.${SONNET}`),
  profile('us.meta.llama3-1-70b-instruct-v1:0'),
  profile('abc123', { type: 'APPLICATION', inferenceProfileArn: OWN_ARN }),
]
const AWS = {
  AWS_ACCESS_KEY_ID: 'AKIATESTTESTTESTTEST',
  AWS_SECRET_ACCESS_KEY: 'a-secret-of-the-test',
  AWS_EC2_METADATA_DISABLED: 'true',
}

test('the account says which enabled ids it can call, in which Region, over every page', async () => {
  const { url, asked } = await startBedrock((asked, region) => ({
    status: 200,
    body:
      asked.pathname === '/foundation-models'
        ? { modelSummaries: region === 'us-east-1' ? SUMMARIES : [] }
        : pageOf(region === 'us-east-1' ? PROFILES : [], asked),
  }))
  const environment = { ...storeEnvironment('sqlite'), ...AWS, AWS_ENDPOINT_URL_BEDROCK: url }
  const ids = [`us.${SONNET}`, 'amazon.nova-pro-v1:0', 'meta.llama3-1-70b-instruct-v1:0', OWN_ARN]
  const added = await runCommand('models/main.ts', ['add', 'bedrock', ...ids], environment)
  expect(added.code).toBe(0)
  const args = ['check', '--provider', 'bedrock', '--live', '--region', 'us-east-1,eu-west-1', '--json']
  const { code, stdout, stderr } = await runCommand('models/main.ts', args, environment)
  const told = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>)
  const of = (kind: string) =>
    Object.fromEntries(
      told.filter((one) => one['kind'] === kind).map((one) => [one['model_id'], one['problem']]),
    )
  expect(of('callable')).toEqual({
    [`us.${SONNET}`]: 'can be called in us-east-1, not in eu-west-1',
    'amazon.nova-pro-v1:0': 'can be called in us-east-1, not in eu-west-1',
    [OWN_ARN]: 'can be called in us-east-1, not in eu-west-1',
  })
  expect(of('not_callable')['meta.llama3-1-70b-instruct-v1:0']).toContain(
    'through an inference profile only; this id would work: us.meta.llama3-1-70b-instruct-v1:0',
  )
  expect(code).toBe(1)
  expect(stderr).toContain('1 fault in the catalogue')
  expect(stdout + stderr).not.toContain(AWS.AWS_SECRET_ACCESS_KEY)
  expect(asked.filter((path) => /us-east-1 .*type=SYSTEM_DEFINED/.test(path))).toHaveLength(3)
})

test('an account that refuses is told with the Region and what it said', async () => {
  const { url } = await startBedrock(() => ({
    status: 403,
    body: { __type: 'UnrecognizedClientException', message: 'The security token is invalid.' },
  }))
  const environment = { ...storeEnvironment('sqlite'), ...AWS, AWS_ENDPOINT_URL_BEDROCK: url }
  const args = ['check', '--provider', 'bedrock', '--live', '--region', 'us-east-1']
  const { code, stderr } = await runCommand('models/main.ts', args, environment)
  expect(code).toBe(1)
  expect(stderr).toMatch(/Bedrock in us-east-1 did not say .*The security token is invalid/)
})

test('without a Region --live says how to name one', async () => {
  const store = await openStore('sqlite')
  await addModel(store, 'amazon.nova-pro-v1:0', 'bedrock')
  await expect(models(store, 'check', '--provider', 'bedrock', '--live')).rejects.toThrow('AWS_REGION')
})

const LISTING = {
  models: SUMMARIES.map((each) => ({
    modelId: each.modelId,
    inferenceTypes: each.inferenceTypesSupported,
    outputModalities: each.outputModalities,
    streams: each.responseStreamingSupported,
    lifecycle: each.modelLifecycle.status,
    endOfLife: each.modelId === 'amazon.nova-pro-v1:0' ? new Date('2027-01-01T00:00:00Z') : null,
  })),
  profiles: ['jp', 'apac', 'us', 'eu', 'global'].map((geography) => ({
    id: `${geography}.${SONNET}`,
    arn: '',
    status: geography === 'eu' ? 'INACTIVE' : 'ACTIVE',
    models: [SONNET],
  })),
}

test.each([
  ['us-east-1', SONNET, `us.${SONNET}`],
  ['ap-northeast-1', SONNET, `jp.${SONNET}`],
  ['ap-south-1', SONNET, `apac.${SONNET}`],
  ['eu-west-1', SONNET, `global.${SONNET}`],
  ['us-east-1', `sa.${SONNET}`, `us.${SONNET}`],
  ['us-east-1', 'mistral.mistral-large-2402-v1:0', null],
  ['us-east-1', 'amazon.titan-embed-text-v2:0', null],
  ['us-east-1', 'amazon.nova-lite-v1:0:24k', null],
  ['us-east-1', 'nobody.knows-v1:0', null],
])('in %s %s is refused in favour of %s', (region, id, suggestion) => {
  expect(judgeId(id, { region, ...LISTING }, new Date('2026-11-24T00:00:00Z'))).toMatchObject({
    callable: false,
    suggestion,
  })
})

test('a model is callable until its life ends', () => {
  const judge = (day: string) =>
    judgeId('amazon.nova-pro-v1:0', { region: 'us-east-1', ...LISTING }, new Date(day))
  expect(judge('2026-12-31').callable).toBe(true)
  expect(judge('2027-01-02').reason).toContain('its life ended 2027-01-01')
})

test('a listing cannot say anything of provisioned throughput', () => {
  const arn = 'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc'
  expect(judgeId(arn, { region: 'us-east-1', ...LISTING }, new Date()).callable).toBeNull()
})
