/** Apart from the wire document's schema, so that what only writes documents does not load the validator. */

/** What the numbers of a document mean. */
export const METRICS_SCHEMA_VERSION = 3
/** How a run is made. */
export const PROTOCOL_VERSION = 1
