/** Texts of strangers as long as a document lets them be. Pure. */

/** The wire document's limit of a name. */
export const LONGEST_NAME = 256

/** At most that many UTF-16 units, never half a surrogate pair and never an unpaired one. */
export function cut(text: string, most: number): string {
  const wellFormed = text.toWellFormed()
  return wellFormed.length <= most
    ? wellFormed
    : wellFormed.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')
}
