/** The thread itself, with runs that wait for it together. */
import { afterAll, expect, test } from 'vitest'
import { createAnalysis } from '../src/analysis.ts'
import type { RequestMode } from '../src/result.ts'
import { isErrorDocument } from '../src/wire-document.ts'
import { chatDelta } from './support/chunks.ts'
import { makeTape, saved } from './support/plans.ts'
import { stored } from './support/record.ts'

const analysis = createAnalysis()
afterAll(() => analysis.close())

const tape = makeTape([
  [10, chatDelta({ content: 'Once' })],
  [20, chatDelta({ content: ' upon' }, 'stop')],
])
const runOf = (requestMode: string) => ({
  ...saved(tape, { requestMode: requestMode as RequestMode }),
  tape: stored(tape),
})
const CHAT = 'chat_completions_stream'

test('a run that cannot be analysed is an error document, and those behind it are analysed', async () => {
  const modes = [CHAT, 'an API that nobody knows', CHAT, CHAT]
  const measured = await Promise.all(modes.map((mode) => analysis.analyse(runOf(mode))))
  expect(
    measured.map(({ document }) => (isErrorDocument(document) ? document.exc_type : document.outcome)),
  ).toEqual(['completed', 'AnalysisFailed', 'completed', 'completed'])
  // Ours, and no failure of the provider.
  expect(measured[1]?.document).toMatchObject({ stage: 'runner', quality: { tainted: ['analysis_failed'] } })
})

test('a tape has its reads although a copy of them was handed over', async () => {
  const measured = await analysis.analyse(runOf(CHAT))
  expect(measured.tape.tape.reads).toEqual(
    tape.reads.map(({ atNs, bytes }) => ({ atNs, bytes: Uint8Array.from(bytes) })),
  )
})
