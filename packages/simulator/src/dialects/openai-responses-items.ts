/** The output items of a response: a reasoning item with a summary (or its text), then a message. */
import type { Answer, Emit, WireEvent } from './dialect.ts'

export type OutputItems = {
  readonly reasoning: (text: string) => WireEvent[]
  readonly text: (text: string, truth: Omit<WireEvent, 'bytes'>) => WireEvent[]
  /** Ends the open item. */
  readonly close: () => WireEvent[]
  /** The finished items, as the last event repeats them. */
  readonly output: () => object[]
}

type Kind = 'reasoning' | 'message'
/** How an item's events are named, and where in the item its one part is. */
type Words = {
  readonly idPrefix: string
  readonly part: string
  readonly delta: string
  readonly partType: string
  readonly place: Readonly<Record<string, number>>
}

const MESSAGE: Words = {
  idPrefix: 'msg',
  part: 'response.content_part',
  delta: 'response.output_text',
  partType: 'output_text',
  place: { content_index: 0 },
}
const SUMMARY: Words = {
  idPrefix: 'rs',
  part: 'response.reasoning_summary_part',
  delta: 'response.reasoning_summary_text',
  partType: 'summary_text',
  place: { summary_index: 0 },
}
const REASONING_TEXT: Words = {
  idPrefix: 'rs',
  part: 'response.content_part',
  delta: 'response.reasoning_text',
  partType: 'reasoning_text',
  place: { content_index: 0 },
}

/** The items of one answer, opened and closed as reasoning and text come. */
export function createOutputItems({ settings, runId }: Answer, emit: Emit): OutputItems {
  const field = settings.reasoning_field
  const reasoningWords = field === 'reasoning_text' ? REASONING_TEXT : SUMMARY
  const finished: object[] = []
  let open: Kind | undefined
  let whole = ''

  const words = (): Words => (open === 'message' ? MESSAGE : reasoningWords)
  const silent = (): boolean => open === 'reasoning' && field === 'redacted'
  const itemId = (): string => `${words().idPrefix}_${runId}_${finished.length}`
  const part = (text: string): object => ({ type: words().partType, text })
  const structure = (type: string, data: object): WireEvent =>
    emit(type, { output_index: finished.length, ...data }, { kinds: ['structure'] })
  /** An event about the item's part. */
  const inPart = (type: string, data: object, truth?: Omit<WireEvent, 'bytes'>): WireEvent => {
    const place = { item_id: itemId(), output_index: finished.length, ...words().place }
    return emit(type, { ...place, ...data }, truth ?? { kinds: ['structure'] })
  }

  function enter(kind: Kind): WireEvent[] {
    if (open === kind) return []
    const closed = close()
    open = kind
    whole = ''
    const added = structure('response.output_item.added', { item: item('in_progress') })
    return [...closed, added, ...(silent() ? [] : [inPart(`${words().part}.added`, { part: part('') })])]
  }

  function close(): WireEvent[] {
    if (open === undefined) return []
    const said = silent()
      ? []
      : [
          inPart(`${words().delta}.done`, { text: whole }),
          inPart(`${words().part}.done`, { part: part(whole) }),
        ]
    const completed = item('completed')
    const ended = structure('response.output_item.done', { item: completed })
    finished.push(completed)
    open = undefined
    return [...said, ended]
  }

  function item(status: string): object {
    const parts = whole === '' ? [] : [part(whole)]
    if (open === 'message')
      return { id: itemId(), type: 'message', status, role: 'assistant', content: parts }
    const inSummary = reasoningWords === SUMMARY
    return {
      id: itemId(),
      type: 'reasoning',
      summary: inSummary ? parts : [],
      content: inSummary ? [] : parts,
    }
  }

  function say(kind: Kind, text: string, truth: Omit<WireEvent, 'bytes'>): WireEvent[] {
    const entered = enter(kind)
    whole += text
    return [...entered, inPart(`${words().delta}.delta`, { delta: text }, truth)]
  }

  return {
    reasoning: (text) =>
      field === 'redacted'
        ? enter('reasoning')
        : say('reasoning', text, { kinds: ['reasoning'], reasoning: text }),
    text: (text, truth) => say('message', text, truth),
    close,
    output: () => finished,
  }
}
