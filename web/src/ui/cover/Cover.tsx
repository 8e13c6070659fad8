// A story's cover, drawn from what the story is; the same story always gets the same cover.

import styles from './Cover.module.css'

export interface CoverStory {
  id: string
  seed: number
  title: string
  language: string
  brief: {
    prompt: string
    age_band?: string
    place?: string | null
    tone?: string | null
    genre?: string | null
    hero?: { name: string } | null
  }
}

export interface CoverProps {
  story: CoverStory
  /** `small`: a thumbnail without words; `medium`: on the shelf; `large`: the title page. */
  size?: 'small' | 'medium' | 'large'
}

export function Cover({ story, size = 'medium' }: CoverProps) {
  return (
    <div className={[styles.cover, styles[size]].join(' ')} aria-hidden="true">
      <span lang={story.language}>{story.title}</span>
    </div>
  )
}
