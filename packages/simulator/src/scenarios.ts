/** The scenario of each model, and the scripts made from it. */
import { compileScript } from './script.ts'
import type { Script } from './script.ts'
import type { Dialect, DialectName } from './dialects/dialect.ts'
import { Scenario } from './scenario.ts'
import type { ScenarioSettings } from './scenario.ts'

type Entry = { readonly settings: ScenarioSettings; readonly scripts: Map<DialectName, Script> }

export type Scenarios = {
  readonly set: (model: string, settings: ScenarioSettings) => void
  readonly remove: (model: string) => boolean
  readonly list: () => Record<string, ScenarioSettings>
  /** The scenario of a model; of one that nobody described, the defaults. */
  readonly of: (model: string) => ScenarioSettings
  /** The script of a model in a dialect, made at its first use. */
  readonly scriptOf: (model: string, dialect: Dialect) => Script
}

/** Scripts of models that nobody described are kept for so many of them. */
const KEPT_DEFAULTS = 1000

/** No scenario yet. */
export function createScenarios(): Scenarios {
  const described = new Map<string, Entry>()
  const defaults = new Map<string, Entry>()

  function entryOf(model: string): Entry {
    const known = described.get(model) ?? defaults.get(model)
    if (known !== undefined) return known
    if (defaults.size >= KEPT_DEFAULTS) defaults.clear()
    const entry = createEntry(Scenario.parse({}))
    defaults.set(model, entry)
    return entry
  }

  return {
    set: (model, settings) => void described.set(model, createEntry(settings)),
    remove: (model) => described.delete(model),
    list: () => Object.fromEntries([...described].map(([model, { settings }]) => [model, settings])),
    of: (model) => entryOf(model).settings,
    scriptOf: (model, dialect) => {
      const { settings, scripts } = entryOf(model)
      const script = scripts.get(dialect.name) ?? compileScript(dialect, model, settings)
      scripts.set(dialect.name, script)
      return script
    },
  }
}

function createEntry(settings: ScenarioSettings): Entry {
  return { settings, scripts: new Map() }
}
