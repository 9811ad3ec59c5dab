import { MongoServerSelectionError, type ServerDescription, type TopologyDescription } from 'mongodb'

/**
 * The error with a sentence about the servers before it, where the driver only says that selecting one timed out: the
 * replica set is not initiated, has another name, no reachable member, or no primary.
 */
export function explain(error: unknown, topology: TopologyDescription | null): unknown {
  const words = topology === null ? null : describe(error, topology)
  return words === null ? error : new Error(words, { cause: error })
}

function describe(error: unknown, { type, setName, servers }: TopologyDescription): string | null {
  const all = [...servers.values()]
  const ghost = all.find((server) => server.type === 'RSGhost')
  if (ghost !== undefined)
    return `the replica set of ${ghost.address} is not initiated: run rs.initiate() there once`
  if (!(error instanceof MongoServerSelectionError) || !type.startsWith('ReplicaSet')) return null
  if (all.length === 0) return `no reachable server is a member of the replica set ${setName ?? ''}`.trim()
  const unreached = all.filter((server) => server.type === 'Unknown')
  if (unreached.length < all.length) return `the replica set has no primary: ${all.map(inWords).join(', ')}`
  return `no member of the replica set can be reached: ${all.map(inWords).join(', ')}`
}

const inWords = ({ address, type, error }: ServerDescription): string =>
  `${address} (${error?.message ?? type})`
