/** What the ingest is measured against: the shortest route that stores a document. `node plain-fastify.ts MONGODB_URI` */
import Fastify from 'fastify'
import { MongoClient } from 'mongodb'

const client = new MongoClient(process.argv[2] ?? '', {
  writeConcern: { w: 'majority', journal: true },
  maxPoolSize: 64,
})
await client.connect()
const rows = client.db().collection('plain')
const app = Fastify()

app.post('/ingest', async (request) => {
  const body = request.body as { run_ts: string; result_id: string }
  await rows.insertOne({ ...body, run_ts: new Date(body.run_ts), received_at: new Date() })
  return { status: 'accepted', result_id: body.result_id }
})

const address = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ msg: 'listening', address })}\n`)
