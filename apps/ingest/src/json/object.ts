import { isObject } from '../documents/body.ts'

/** The object that a JSON text holds; null for any other text. */
export function parseObject(text: unknown): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(String(text))
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
