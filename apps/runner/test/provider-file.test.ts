import { pino } from 'pino'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openProviderFile } from '../src/provider-file.ts'

test('an entry whose folder cannot be made is kept in memory and told as a warning', async () => {
  const said: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) })
  const file = await openProviderFile({
    path: '/proc/nothere/entries.json',
    entry: z.number(),
    unreadable: 'Cannot be read',
    unwritable: 'Cannot be written',
    logger,
  })
  await file.keep('groq', 7)
  expect(file.find('groq')).toBe(7)
  expect(said.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['Cannot be written'])
})
