import { chatVendor } from '../vendor/chat-vendor.ts'

/** The load of a cold model is part of its first token: keep models warm (`keep_alive`) before comparing. */
export const ollama = chatVendor({
  slug: 'ollama',
  displayName: 'Ollama',
  baseUrl: 'http://127.0.0.1:11434/v1',
  selfHosted: true,
})
