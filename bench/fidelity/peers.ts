/** The ways of reading a stream that are compared. */
export const PEERS = ['llmbench', 'fetch', 'openai-sdk'] as const
export type PeerName = (typeof PEERS)[number]
