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
type Names = {
  readonly delta: string
  readonly done: string
  readonly part: object
  readonly wholePart: object
}

/** The items of one answer, opened and closed as reasoning and text come. */
export function createOutputItems({ settings, runId }: Answer, emit: Emit): OutputItems {
  const summarised = settings.reasoning_field !== 'reasoning_text'
  const finished: object[] = []
  let open: Kind | undefined
  let whole = ''

  const place = (): object => ({ item_id: itemId(), output_index: finished.length })
  const structure = (type: string, data: object): WireEvent => emit(type, data, { kinds: ['structure'] })
  const itemId = (): string => `${open === 'reasoning' ? 'rs' : 'msg'}_${runId}_${finished.length}`

  function names(): Names {
    if (open === 'message') {
      const part = { type: 'output_text', annotations: [], text: '' }
      return {
        delta: 'response.output_text.delta',
        done: 'response.output_text.done',
        part: { content_index: 0, part },
        wholePart: { content_index: 0, part: { ...part, text: whole } },
      }
    }
    const index = summarised ? { summary_index: 0 } : { content_index: 0 }
    const part = { ...index, part: { type: summarised ? 'summary_text' : 'reasoning_text', text: '' } }
    const word = summarised ? 'reasoning_summary_text' : 'reasoning_text'
    return {
      delta: `response.${word}.delta`,
      done: `response.${word}.done`,
      part,
      wholePart: { ...index, part: { ...part.part, text: whole } },
    }
  }
  const partEvent = (): string =>
    open === 'reasoning' && summarised ? 'response.reasoning_summary_part' : 'response.content_part'

  function enter(kind: Kind): WireEvent[] {
    if (open === kind) return []
    const closed = close()
    open = kind
    whole = ''
    return [
      ...closed,
      structure('response.output_item.added', { output_index: finished.length, item: item('in_progress') }),
      ...(settings.reasoning_field === 'redacted' && kind === 'reasoning'
        ? []
        : [structure(`${partEvent()}.added`, { ...place(), ...names().part })]),
    ]
  }

  function close(): WireEvent[] {
    if (open === undefined) return []
    const { done, wholePart } = names()
    const silent = settings.reasoning_field === 'redacted' && open === 'reasoning'
    const said = silent
      ? []
      : [
          structure(done, { ...place(), text: whole }),
          structure(`${partEvent()}.done`, { ...place(), ...wholePart }),
        ]
    const item_ = item('completed')
    const ended = structure('response.output_item.done', { output_index: finished.length, item: item_ })
    finished.push(item_)
    open = undefined
    return [...said, ended]
  }

  function item(status: string): object {
    if (open === 'message') {
      const content = whole === '' ? [] : [{ type: 'output_text', annotations: [], text: whole }]
      return { id: itemId(), type: 'message', status, role: 'assistant', content }
    }
    const summary = whole === '' || !summarised ? [] : [{ type: 'summary_text', text: whole }]
    return { id: itemId(), type: 'reasoning', summary }
  }

  function say(kind: Kind, text: string, truth: Omit<WireEvent, 'bytes'>): WireEvent[] {
    const entered = enter(kind)
    whole += text
    return [...entered, emit(names().delta, { ...place(), ...indexOf(), delta: text }, truth)]
  }
  const indexOf = (): object =>
    open === 'reasoning' && summarised ? { summary_index: 0 } : { content_index: 0 }

  return {
    reasoning: (text) =>
      settings.reasoning_field === 'redacted'
        ? enter('reasoning')
        : say('reasoning', text, { kinds: ['reasoning'], reasoning: text }),
    text: (text, truth) => say('message', text, truth),
    close,
    output: () => finished,
  }
}
