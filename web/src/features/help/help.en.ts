// English texts of the help.

import type { Shape } from '../../lib/i18n/shape'
import type de from './help.de'

const help: Shape<typeof de> = {
  title: 'Help',
  howTitle: 'How it works',
  how: [
    'On the start page, write what it shall be about. One sentence is enough. “Tell the story” opens the book, and the story comes into being while you watch.',
    'Give the story someone to root for: a name, an age, what they like and what they fear. Storybot remembers it on this device.',
    'At the end of a passage the story goes on, with a wish from you or without. If you don’t like a passage, have it told another way or rewrite it yourself. The old version stays.',
    'You can close the page at any time. The writing happens on the server; when you come back, everything is there.',
  ],
  safeTitle: 'Nothing gets lost',
  safe: 'Every step can be undone. What you delete lies in the library’s bin at first. Only there is a “forever”, and it asks before it acts.',
  honestTitle: 'Who is telling',
  honest: [
    'The storyteller in the box is not a language model. It is a program with many building blocks written by hand: places, characters, turns of events, sentences. From these it joins a whole story to your idea, with a beginning, a middle and an end. It is quick, works without the internet and writes nothing unseemly.',
    'What it can’t do: truly understand an idea. It looks for key words, names and the details you give. With very unusual ideas it may take up only a part.',
    'A language model, where one is set up, treats your idea more freely. In return your texts go to the service that is named in the settings. It invents things, and it makes mistakes: read along before you read aloud to children.',
  ],
  keysTitle: 'Keyboard shortcuts',
  keysOn: 'Use keyboard shortcuts',
  keysOnHint: 'Switching them off helps when you write by voice. Those with {{mod}} stay.',
  keysWhere: { everywhere: 'Everywhere', story: 'In a story', home: 'On the start page' },
  keyTell: 'Have the story told',
  key: 'Key',
  does: 'What it does',
  or: 'or',
  dialogTitle: 'Keyboard shortcuts',
  toHelp: 'To the whole help',
}

export default help
