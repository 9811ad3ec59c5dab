import { chatVendor } from '../vendor/chat-vendor.ts'

export const groq = chatVendor({
  slug: 'groq',
  displayName: 'Groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  chat: { cap: 'max_completion_tokens' },
})
