/** The words that answers are made of. */

/** Each with a space before it is one token of o200k_base. */
const PLAIN = (
  'the river old light over a quiet town people build their first road from stone and wood then they learn to read ' +
  'stars write law share bread sail far trade salt paint walls sing songs plant trees teach children count days make ' +
  'glass print books draw maps cross seas fly planes send signals dream big plans'
).split(' ')

/** Two, three and four bytes of UTF-8, and a family joined from several code points. */
const MULTIBYTE = ['né', 'straße', '歴史', '世界', '물결', 'поток', '🎈', '👩‍👩‍👧', '🇯🇵', 'naïve', '星空', '🚀']

/** `count` words, each with a space before it, that follow the first `offset` of the endless row. */
export function wordsFrom(offset: number, count: number, multibyte: boolean): string {
  const list = multibyte ? MULTIBYTE : PLAIN
  return Array.from({ length: count }, (_, index) => ` ${list[(offset + index) % list.length] ?? ''}`).join(
    '',
  )
}

/** Words in a text: the simulator's own count of its tokens. */
export function countWords(text: string): number {
  return text.split(/\s+/u).filter((word) => word !== '').length
}

/** Whether anything of a text can be seen: a character that is neither blank, nor a control, nor without a width. */
export function canBeSeen(text: string): boolean {
  return /[^\s\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}]/u.test(text)
}
