/** The thread itself, with runs that wait for it together. */
import { afterAll, expect, test } from 'vitest'
import { createAnalysis } from '../src/analysis.ts'
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
const runOf = (provider: string) => ({ ...saved(tape, { provider }), tape: stored(tape) })

test('a run that cannot be analysed is an error document, and those behind it are analysed', async () => {
  const providers = ['groq', 'nobody', 'groq', 'groq']
  const measured = await Promise.all(providers.map((provider) => analysis.analyse(runOf(provider))))
  expect(
    measured.map(({ document }) => (isErrorDocument(document) ? document.exc_type : document.outcome)),
  ).toEqual(['completed', 'AnalysisFailed', 'completed', 'completed'])
  // Ours, and no failure of the provider.
  expect(measured[1]?.document).toMatchObject({ stage: 'runner', quality: { tainted: ['analysis_failed'] } })
})

test('a tape has its reads although a copy of them was handed over', async () => {
  const measured = await analysis.analyse(runOf('groq'))
  expect(measured.tape.tape.reads).toEqual(
    tape.reads.map(({ atNs, bytes }) => ({ atNs, bytes: Uint8Array.from(bytes) })),
  )
})
