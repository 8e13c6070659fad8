// How the reader likes it told: by whom, in which style, whether names leave the machine, and whom to offer after a failure.

import type { Configuration, ConfigurationChange } from '../../api'

export type Preferences = Configuration
export type PreferencesChange = Pick<ConfigurationChange, 'engine' | 'model' | 'style' | 'private_names' | 'fallbacks'>

export { useConfiguration as usePreferences, useSaveConfiguration as useSavePreferences } from '../../api'
