import { expect, test } from 'vitest'
import { createSecrets } from '../src/secrets.ts'

test('secrets are struck out, also escaped as JSON', () => {
  const secrets = createSecrets()
  secrets.add(['pass"word'])
  expect(secrets.scrub('pass"word and pass\\"word')).toBe('[redacted] and [redacted]')
})

test('tokens that were replaced are forgotten in the end; a key that is in use never is', () => {
  const secrets = createSecrets()
  for (let hour = 0; hour < 720; hour += 1) secrets.add(['the-key-in-use', `token-of-hour-${hour}`])
  expect(secrets.scrub('the-key-in-use token-of-hour-719 token-of-hour-700')).toBe(
    '[redacted] [redacted] [redacted]',
  )
  expect(secrets.scrub('token-of-hour-0')).toBe('token-of-hour-0')
})
