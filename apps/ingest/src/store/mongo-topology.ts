import { MongoServerSelectionError, type ServerDescription, type TopologyDescription } from 'mongodb'

/**
 * An error with what the driver knows of the servers said before it: no replica set yet, none of that name, none of its
 * members to be reached, no primary. The driver's own sentence is that a selection timed out.
 */
export function explain(error: unknown, topology: TopologyDescription | null): unknown {
  const words = topology === null ? null : describe(error, topology)
  return words === null ? error : new Error(words, { cause: error })
}

function describe(error: unknown, { type, setName, servers }: TopologyDescription): string | null {
  const all = [...servers.values()]
  const ghost = all.find((server) => server.type === 'RSGhost')
  if (ghost !== undefined)
    return `${ghost.address} waits to be part of a replica set, which was never initiated: rs.initiate() does that once`
  if (!(error instanceof MongoServerSelectionError) || !type.startsWith('ReplicaSet')) return null
  if (all.length === 0)
    return `no server that answered is a member of a replica set named ${setName ?? ''}`.trim()
  const unreached = all.filter((server) => server.type === 'Unknown')
  if (unreached.length < all.length) return `the replica set has no primary: ${all.map(inWords).join(', ')}`
  return `no member of the replica set can be reached: ${all.map(inWords).join(', ')}`
}

const inWords = ({ address, type, error }: ServerDescription): string =>
  `${address} (${error?.message ?? type})`
