/** What a reader can see of a text. Pure. */

/**
 * Characters that leave the page as it was: white space (NBSP and U+3000 are in it), controls, everything that Unicode
 * lets a renderer ignore (zero-width spaces and joiners, U+FEFF, soft hyphen, variation selectors, Hangul fillers, tags),
 * annotation marks, the empty Braille cell, and half of a surrogate pair.
 * https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 */
const INVISIBLE = String.raw`\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\u{FFF9}-\u{FFFB}\u{2800}`
const VISIBLE_CHARACTER = new RegExp(`[^${INVISIBLE}]`, 'u')

/** Whether a reader sees anything of the text: at least one character that is neither blank nor invisible. */
export function hasVisibleCharacter(text: string): boolean {
  return VISIBLE_CHARACTER.test(text)
}
