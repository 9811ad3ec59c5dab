import { chatVendor } from '../vendor/chat-vendor.ts'

/** Not verified against a recording: reasoning in `reasoning_content`, usage on request. */
export const deepseek = chatVendor({
  slug: 'deepseek',
  displayName: 'DeepSeek',
  baseUrl: 'https://api.deepseek.com/v1',
})
