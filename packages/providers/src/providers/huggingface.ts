import { chatVendor } from '../vendor/chat-vendor.ts'

/** A router: the header `x-inference-provider` names the backend that answered. */
export const huggingface = chatVendor({
  slug: 'huggingface',
  displayName: 'Hugging Face Inference Providers',
  baseUrl: 'https://router.huggingface.co/v1',
  keyVariables: ['HF_TOKEN'],
})
