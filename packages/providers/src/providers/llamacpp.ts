import { chatVendor } from '../vendor/chat-vendor.ts'

/** A prompt cache would hide the prompt's share of the first token; `cache_prompt: false` in the metadata turns it off. */
export const llamacpp = chatVendor({
  slug: 'llamacpp',
  displayName: 'llama.cpp server',
  baseUrl: 'http://127.0.0.1:8080/v1',
  selfHosted: true,
})
