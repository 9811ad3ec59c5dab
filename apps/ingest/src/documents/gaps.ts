/** Well within what the schemas allow; a longer list is theirs to judge. */
const MAX_QUICK = 10_000

const FIELD = 'times_between_tokens'

/**
 * A result for its schema to look at, without its one long list where a plain loop finds it good: a schema's walk over
 * it costs more than all the rest. `restore` puts the list back into what the schema made of the document, in place.
 */
export function setGapsAside(content: Readonly<Record<string, unknown>>): {
  readonly content: Readonly<Record<string, unknown>>
  readonly restore: <Parsed extends { [FIELD]?: number[] | null | undefined }>(parsed: Parsed) => Parsed
} {
  const gaps = content[FIELD]
  if (!areSeconds(gaps)) return { content, restore: (parsed) => parsed }
  return {
    content: { ...content, [FIELD]: undefined },
    restore: (parsed) => Object.assign(parsed, { [FIELD]: gaps }),
  }
}

/** JSON has no NaN, and an infinite number was found when the text was scanned. */
const areSeconds = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length <= MAX_QUICK &&
  value.every((each) => typeof each === 'number' && each >= 0 && Number.isFinite(each))
