// oxlint-disable-next-line no-restricted-imports -- the very document that the ingest's own tests send
export { GROQ as MODEL, result } from '../../../apps/ingest/test/support/documents.ts'

/** POSTs JSON; the answer's status and body. */
export async function post(
  url: string,
  key: string,
  body: unknown,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
