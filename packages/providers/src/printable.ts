/** Text of strangers as a terminal may show it. Pure. */

/**
 * What a terminal obeys or nobody sees: control characters (C0, C1 and DEL, so that no escape sequence is left), line
 * and paragraph separators, marks that change the direction of text, zero-width and other invisible characters, half
 * surrogates.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu

/** The text with each character that a terminal would not print as itself replaced by a space; tabs and line ends too. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, ' ')
}
