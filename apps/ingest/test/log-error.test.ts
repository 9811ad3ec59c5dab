import { expect, test } from 'vitest'
import { StoreUnavailable } from '../src/errors.ts'
import { serializeError } from '../src/log-error.ts'

test('a store that is away is one sentence without a stack, however often its driver wrapped it', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:1')
  const wrapped = new Error('connect ECONNREFUSED 127.0.0.1:1', { cause: refused })
  expect(serializeError(new StoreUnavailable('connecting', wrapped))).toEqual({
    type: 'StoreUnavailable',
    message: 'The store did not answer while connecting: connect ECONNREFUSED 127.0.0.1:1',
  })
})

test('any other error keeps its stack', () => {
  expect(serializeError(new TypeError('x'))).toMatchObject({
    type: 'TypeError',
    stack: expect.any(String) as string,
  })
})
