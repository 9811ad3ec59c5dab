import { chatVendor } from '../vendor/chat-vendor.ts'

/** Reasoning needs the server's `--reasoning-parser`; without it `<think>` stands in the visible text. */
export const vllm = chatVendor({
  slug: 'vllm',
  displayName: 'vLLM',
  baseUrl: 'http://127.0.0.1:8000/v1',
  selfHosted: true,
})
