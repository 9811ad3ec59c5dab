import { expect, test } from 'vitest'
import { classifyError } from '../src/errors.ts'

const none = { status: null, type: null, code: null, message: '' }

test.each([
  [{ ...none, status: 401 }, 'auth'],
  [{ ...none, status: 403, message: 'You don\u2019t have access to the model' }, 'auth'],
  [{ ...none, status: 400, code: 'API_KEY_INVALID' }, 'auth'],
  [{ ...none, status: 402 }, 'billing'],
  [{ ...none, status: 429, code: 'insufficient_quota' }, 'billing'],
  [{ ...none, code: 'insufficient_quota', message: 'You exceeded your current quota' }, 'billing'],
  [{ ...none, status: 400, message: 'Your credit balance is too low' }, 'billing'],
  [{ ...none, status: 429, message: 'You exceeded your current quota' }, 'rate_limit'],
  [{ ...none, type: 'ThrottlingException', message: 'Too many requests' }, 'rate_limit'],
  [{ ...none, status: 429, type: 'RESOURCE_EXHAUSTED' }, 'rate_limit'],
  [
    { ...none, status: 404, message: 'Access denied. This Model is marked by provider as Legacy' },
    'hard_model',
  ],
  [
    {
      ...none,
      status: 400,
      message: 'Invocation of model ID x with on-demand throughput isn\u2019t supported.',
    },
    'hard_model',
  ],
  [{ ...none, status: 400, message: 'The provided model identifier is invalid.' }, 'hard_model'],
  [{ ...none, status: 400, code: 'model_not_found' }, 'hard_model'],
  [{ ...none, status: 400, message: 'x/y is not a valid model ID' }, 'hard_model'],
  [{ ...none, status: 500 }, 'transient_provider'],
  [{ ...none, status: 529, type: 'overloaded_error' }, 'transient_provider'],
  [{ ...none, type: 'overloaded_error', message: 'Overloaded' }, 'transient_provider'],
  [{ ...none, type: 'ModelStreamErrorException', message: 'x' }, 'transient_provider'],
  [{ ...none, type: 'InternalServerException', message: 'x' }, 'transient_provider'],
  [{ ...none, status: 408 }, 'timeout'],
  [
    { ...none, status: 400, code: 'unsupported_parameter', message: "Unsupported parameter: 'stop'" },
    'hard_capability',
  ],
  [{ ...none, status: 400, type: 'tool_use_failed' }, 'hard_capability'],
  [
    { ...none, type: 'ValidationException', message: 'The model returned the following errors: x' },
    'hard_capability',
  ],
  [{ ...none, status: 400, message: 'Token limit reached' }, 'budget_exhausted'],
  [{ ...none, status: 418, message: 'I am a teapot' }, 'unknown'],
  [{ ...none, message: 'Something odd' }, 'unknown'],
] as const)('%j is %s', (fault, kind) => {
  expect(classifyError(fault)).toBe(kind)
})
