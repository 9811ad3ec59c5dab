/** What of the wire document needs no schema: whoever only measures does not load the validator. */
import type { ErrorDocument, RunDocument } from './result.ts'

/** What the numbers of a document mean. */
export const METRICS_SCHEMA_VERSION = 3
/** How a run is made. */
export const PROTOCOL_VERSION = 1
/** The stage of an error that the runner itself caused: it counts against no provider. */
export const OWN_STAGE = 'runner'

/** True for the document of a failed attempt. */
export function isErrorDocument(document: RunDocument): document is ErrorDocument {
  return 'message' in document
}
