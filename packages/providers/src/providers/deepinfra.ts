import { chatVendor } from '../vendor/chat-vendor.ts'

/** Reasoning in `reasoning_content` and the default cap of 512 are not verified against a recording. */
export const deepinfra = chatVendor({
  slug: 'deepinfra',
  displayName: 'DeepInfra',
  baseUrl: 'https://api.deepinfra.com/v1/openai',
  keyVariables: ['DEEPINFRA_API_KEY', 'DEEPINFRA_TOKEN'],
})
