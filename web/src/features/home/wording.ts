// The moods and kinds of story that one can choose. The storyteller reads words of the story's language,
// so the words themselves are sent.

import type { Language } from '../../api'

type Choices = Readonly<Record<string, Readonly<Record<Language, string>>>>

export const tones: Choices = {
  gentle: { de: 'sanft und gemütlich', en: 'gentle and cosy' },
  funny: { de: 'lustig', en: 'funny' },
  exciting: { de: 'spannend', en: 'exciting' },
  dreamy: { de: 'verträumt', en: 'dreamy' },
  eerie: { de: 'ein wenig unheimlich', en: 'a little spooky' },
}

export const genres: Choices = {
  bedtime: { de: 'Gutenachtgeschichte', en: 'bedtime story' },
  fairy: { de: 'Märchen', en: 'fairy tale' },
  adventure: { de: 'Abenteuer', en: 'adventure' },
  animal: { de: 'Tiergeschichte', en: 'animal story' },
  mystery: { de: 'Rätselgeschichte', en: 'mystery' },
  pirate: { de: 'Piratengeschichte', en: 'pirate story' },
  space: { de: 'Science-Fiction', en: 'science fiction' },
}

/** A choice in words; '' where nothing (or nothing known) is chosen. */
export const wordOf = (choices: Choices, name: string, language: Language): string => choices[name]?.[language] ?? ''
