import type { WriteError } from 'mongodb'
import { DUPLICATE_KEY } from './mongo-database.ts'
import type { Refusal } from './store.ts'

/**
 * Codes that speak of the document itself, so that sending it again cannot help before a person changes the database.
 * Any other code (no primary, no room, a limit of time) may pass.
 */
const OF_THE_DOCUMENT: Readonly<Record<number, string>> = {
  2: 'the document has a value that is not taken',
  9: 'the document cannot be read',
  14: 'the document has a value of a type that is not taken',
  15: 'the document is nested too deeply',
  52: 'the document has a name that begins with $',
  55: 'the document has an invalid reference',
  57: 'the document has a name with a dot',
  121: "the collection's validator does not let the document in",
  171: 'an index cannot hold two arrays of the document',
  10334: 'the document is too large',
  16755: 'a geographic index cannot read the document',
  16756: 'a geographic index cannot read the document',
  17261: 'a text index does not know the language of the document',
  17262: 'a text index does not know the language of the document',
  17280: 'a value of the document is too long for an index',
  17282: 'a value of the document is too long for an index',
}

/** The refusal that a write error is for ever, or null where the same document may be taken later. */
export function refusalOf(collection: string, { code, errmsg }: WriteError): Refusal | null {
  if (code === DUPLICATE_KEY) {
    const index = indexOf(errmsg)
    return index === null
      ? null
      : { refused: `${collection}: the unique index ${index} has one like it`, code }
  }
  const why = OF_THE_DOCUMENT[code]
  return why === undefined ? null : { refused: `${collection}: ${why} (code ${code})`, code }
}

const BEFORE_INDEX = ' index: '
const BEFORE_KEY = ' dup key: '

/**
 * Which index refused a duplicate, out of `E11000 … collection: db.c index: NAME dup key: { FIELD: … }`: null for those
 * that say that the very document is in already, `_id` and `result_id` alone.
 */
function indexOf(errmsg: string | undefined): string | null {
  const [, afterIndex] = (errmsg ?? '').split(BEFORE_INDEX, 2)
  const [name = '', key = ''] = (afterIndex ?? '').split(BEFORE_KEY, 2)
  const isOfTheId = /^\{ (_id|result_id): [^,]*\}$/.test(key) || name === ''
  return isOfTheId ? null : (name.split(' ', 1)[0] ?? name)
}
