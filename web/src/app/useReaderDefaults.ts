// On a device that has chosen nothing yet, the language and the theme are those of the reader's configuration.

import { useEffect } from 'react'
import { useConfiguration } from '../api'
import { chooseTheme } from '../lib/appearance'
import { chosenLanguage, isPageLanguage, speak } from '../lib/i18n/language'
import { recall } from '../lib/storage'

export function useReaderDefaults(): void {
  const { data } = useConfiguration()
  const language = data?.language
  const theme = data?.theme
  useEffect(() => {
    if (isPageLanguage(language) && chosenLanguage() === null) speak(language)
  }, [language])
  useEffect(() => {
    if (theme !== undefined && theme !== 'system' && recall('theme') === null) chooseTheme(theme)
  }, [theme])
}
