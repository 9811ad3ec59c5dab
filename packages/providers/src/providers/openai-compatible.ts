import { chatVendor } from '../vendor/chat-vendor.ts'

/** Any other server that speaks OpenAI chat, at OPENAI_COMPATIBLE_BASE_URL. */
export const openaiCompatible = chatVendor({
  slug: 'openai-compatible',
  displayName: 'OpenAI-compatible server',
  selfHosted: true,
})
