export { createMeasurer } from './measure.ts'
export type { Measurement, Measurer } from './measure.ts'
export { analyse } from './analyse.ts'
export { readTape, writeTape } from './tape-file.ts'
export type { SavedTape } from './tape-file.ts'
export type { ModelMetadata, Plan } from './plan.ts'
export { DEFAULT_PROFILE_ID, findProfile, profileIds } from './profiles.ts'
export type { Profile } from './profiles.ts'
export { findProvider, providerSlugs } from './registry.ts'
export type { Provider } from './provider.ts'
export { checkModelId } from './model-id.ts'
export type { ModelIdVerdict } from './model-id.ts'
export { classifyError } from './errors.ts'
export {
  ErrorDocument,
  ErrorKind,
  isErrorDocument,
  METRICS_SCHEMA_VERSION,
  Phase,
  PROTOCOL_VERSION,
  RequestMode,
  ResultDocument,
  ResultId,
} from './result.ts'
export type { RunDocument } from './result.ts'
