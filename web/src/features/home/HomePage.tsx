// The start page: one question, and one glance below it whom the story is for and how it is told.

import { useDeferredValue, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useConfiguration, useProblemText } from '../../api'
import { usePageTitle } from '../../lib/pageTitle'
import { useMedia } from '../../lib/useMedia'
import { ContinueCard } from './ContinueCard'
import { needsName, useDraft } from './draft'
import styles from './HomePage.module.css'
import { IdeaSheet } from './IdeaSheet'
import { KeptPrompts } from './KeptPrompts'
import { LazyCover } from './LazyCover'
import { Options } from './Options'
import { useKeptPrompts } from './useKeptPrompts'
import { type Idea, useTell } from './useTell'

const PROMPT_CHARS = 4000

export function HomePage() {
  const { t } = useTranslation()
  usePageTitle('')
  const { draft, change, changeMore, begun } = useDraft()
  const { defaults, tell, isBeginning, problem } = useTell()
  const problemText = useProblemText()
  const limit = useConfiguration().data?.limits.prompt_chars ?? PROMPT_CHARS
  const kept = useKeptPrompts()
  const [trouble, setTrouble] = useState<{ prompt?: string; name?: string }>({})
  const idea = useRef<HTMLTextAreaElement>(null)
  const heroName = useRef<HTMLInputElement>(null)
  const language = draft.language ?? defaults.language

  const start = async (said: Idea, fromForm: boolean): Promise<void> => {
    if (needsName(draft)) {
      setTrouble({ name: t('home.nameNeeded') })
      heroName.current?.focus()
      return
    }
    setTrouble({})
    await tell(draft, said, () => begun(fromForm ? 'written' : 'kept'))
  }

  const tellWritten = (): void => {
    const prompt = draft.prompt.trim()
    const wrong = prompt === '' ? t('home.empty') : prompt.length > limit ? t('home.tooLong', { count: prompt.length - limit }) : undefined
    if (wrong === undefined) {
      void start({ prompt }, true)
      return
    }
    setTrouble({ prompt: wrong })
    idea.current?.focus()
  }

  const surprise = async (): Promise<void> => {
    const { surpriseIn } = await import('./surprise')
    const prompt = await surpriseIn(language)
    change({ prompt })
    await start({ prompt }, true)
  }

  const keep = async (): Promise<void> => {
    const content = draft.prompt.trim()
    if (content === '') {
      setTrouble({ prompt: t('prompts.mustNotBeEmpty') })
      idea.current?.focus()
    } else if (await kept.add(content)) change({ prompt: '' })
  }

  const refused = (problem?.errors ?? []).some(({ pointer }) => pointer.startsWith('/prompt'))
  return (
    <div className={styles.page}>
      <div className={styles.form}>
        <p className={styles.tagline}>{t('app.tagline')}</p>
        <h1>
          <label htmlFor="idea">{t('home.question')}</label>
        </h1>
        <IdeaSheet
          id="idea"
          ref={idea}
          value={draft.prompt}
          limit={limit}
          trouble={trouble.prompt ?? (problem ? problemText(problem) : undefined)}
          isInvalid={trouble.prompt !== undefined || refused}
          isBeginning={isBeginning}
          onChange={(prompt) => {
            setTrouble({})
            change({ prompt })
          }}
          onTell={tellWritten}
          onSurprise={() => void surprise()}
          onKeep={() => void keep()}
        />
        <Options draft={draft} defaults={defaults} nameRef={heroName} nameTrouble={trouble.name} onChange={change} onChangeMore={changeMore} />
      </div>
      <CoverPreview prompt={draft.prompt} seed={draft.seed} place={draft.more.place} ageBand={draft.ageBand ?? defaults.ageBand} />
      <div className={styles.below}>
        <ContinueCard />
        <KeptPrompts kept={kept} isBeginning={isBeginning} onTell={(prompt_id) => void start({ prompt_id }, false)} />
      </div>
    </div>
  )
}

interface CoverPreviewProps {
  prompt: string
  seed: number
  place: string
  ageBand: string
}

/** The cover that the story will get, drawn along with the writing, where there is room for it. */
function CoverPreview({ prompt, seed, place, ageBand }: CoverPreviewProps) {
  const settled = useDeferredValue(prompt)
  const hasRoom = useMedia('(min-width: 62rem)')
  if (!hasRoom) return null
  return (
    <div className={styles.preview} aria-hidden="true">
      <LazyCover story={{ seed, title: '', language: '', brief: { prompt: settled, place, age_band: ageBand } }} size="large" />
    </div>
  )
}
