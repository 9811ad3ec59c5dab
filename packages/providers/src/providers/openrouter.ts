import { chatVendor } from '../vendor/chat-vendor.ts'

/**
 * Routes to other providers: without `provider: { order, allow_fallbacks: false }` in the model's
 * `additional_model_request_fields` a row measures whichever backend was free.
 */
export const openrouter = chatVendor({
  slug: 'openrouter',
  displayName: 'OpenRouter',
  baseUrl: 'https://openrouter.ai/api/v1',
})
