import { expect, test } from 'vitest'
import { ask } from '../support/ask.ts'
import { decodeFrames } from '../support/frames.ts'
import { AT_ONCE, hear, simulate } from '../support/simulated.ts'

test('Converse frames carry blocks without a start, the stop before the metadata', async () => {
  const { heard, truth } = await hear('bedrock-converse', { deltas: 2, reasoning_deltas: 1, empty_deltas: 1 })
  const frames = decodeFrames(heard.body)
  expect(frames.map(({ headers }) => headers[':event-type'])).toEqual([
    'messageStart',
    'contentBlockDelta',
    'contentBlockStop',
    'contentBlockDelta',
    'contentBlockStop',
    'contentBlockDelta',
    'contentBlockDelta',
    'contentBlockStop',
    'messageStop',
    'metadata',
  ])
  expect(frames[1]?.payload).toMatchObject({ contentBlockIndex: 0, delta: { text: '' } })
  expect(frames[3]?.payload).toMatchObject({
    contentBlockIndex: 1,
    delta: { reasoningContent: { text: ' the' } },
  })
  expect(frames[5]?.payload).toMatchObject({ contentBlockIndex: 2, delta: { text: ' river' } })
  expect(frames[8]?.payload).toMatchObject({ stopReason: 'end_turn' })
  expect(frames[9]?.payload).toMatchObject({ usage: { inputTokens: 13, outputTokens: 3, totalTokens: 16 } })
  expect(heard.headers['content-type']).toBe('application/vnd.amazon.eventstream')
  expect(heard.headers['x-amzn-requestid']).toBe(truth.id)
  expect(truth).toMatchObject({ output_tokens: 3, reasoning_tokens: null, response_id: null })
})

test('an exception is a frame of its own', async () => {
  const fault = {
    kind: 'error_event',
    after_deltas: 1,
    type: 'throttlingException',
    message: 'Too fast',
  } as const
  const { heard, truth } = await hear('bedrock-converse', { fault })
  expect(decodeFrames(heard.body).at(-1)).toEqual({
    headers: {
      ':exception-type': 'throttlingException',
      ':message-type': 'exception',
      ':content-type': 'application/json',
    },
    payload: { message: 'Too fast' },
  })
  expect(truth).toMatchObject({ text: ' the', finish_reason: null })
})

test('a spoiled checksum is one that a decoder refuses', async () => {
  const { heard } = await hear('bedrock-converse', { deltas: 2, fault: { kind: 'bad_crc' } })
  expect(() => decodeFrames(heard.body)).toThrow(/checksum/)
})

test('a spoiled checksum is nothing to a dialect without one', async () => {
  const plain = await hear('openai-chat', { deltas: 2 })
  const { heard } = await hear('openai-chat', { deltas: 2, fault: { kind: 'bad_crc' } })
  expect(heard.body).toHaveLength(plain.heard.body.length)
  expect(heard.body.toString()).toMatch(/\}\n\ndata: \[DONE\]\n\n$/)
})

test('the model is named by the path, encoded', async () => {
  const { address, control } = await simulate()
  const model = 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-v1:0'
  await control.setScenario(model, { ...AT_ONCE, deltas: 3 })
  await ask(address, `/model/${encodeURIComponent(model)}/converse-stream`)
  const [run] = await control.runs(model)
  expect(run?.text_deltas).toBe(3)
})
