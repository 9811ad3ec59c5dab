/** A certificate for 127.0.0.1 in a folder of its own, for the rounds over TLS. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { generate } from 'selfsigned'

export type Certificate = {
  readonly certFile: string
  readonly keyFile: string
  readonly remove: () => Promise<void>
}

/** Creates it. This process trusts it from now on; others do when NODE_EXTRA_CA_CERTS names `certFile`. */
export async function createCertificate(): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'llmbench-tls-'))
  const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
  const certFile = join(folder, 'cert.pem')
  const keyFile = join(folder, 'key.pem')
  await writeFile(certFile, cert)
  await writeFile(keyFile, key, { mode: 0o600 })
  setDefaultCACertificates([...getCACertificates(), cert])
  return { certFile, keyFile, remove: () => rm(folder, { recursive: true, force: true }) }
}
