// The tools beside a passage, and the switch between its versions.

import { ChevronLeft, ChevronRight, Copy, CornerDownRight, Ellipsis, PencilLine } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Passage } from '../../api'
import { IconButton } from '../../ui/button/IconButton'
import { VisuallyHidden } from '../../ui/hidden/VisuallyHidden'
import { RetryPopover } from './RetryPopover'
import type { StoryActions } from './useStoryActions'
import styles from './Tools.module.css'

/** The version `step` further on; undefined at either end. */
export function versionBeside(passage: Passage, step: 1 | -1): string | undefined {
  return passage.sibling_ids[passage.sibling_index - 1 + step]
}

interface VersionsProps {
  passage: Passage
  index: number
  actions: StoryActions
}

function Versions({ passage, index, actions }: VersionsProps) {
  const { t } = useTranslation('story')
  const { sibling_index: version, sibling_count: count } = passage
  if (count < 2) return null
  const go = (step: 1 | -1): void => {
    const other = versionBeside(passage, step)
    if (other) actions.choose(other)
  }
  return (
    <div role="group" aria-label={t('versions.label', { index })} className={styles.versions}>
      <IconButton icon={ChevronLeft} label={t('versions.previous')} disabled={version <= 1} onClick={() => go(-1)} />
      <span className={styles.which}>
        <span aria-hidden="true">
          {version}/{count}
        </span>
        <VisuallyHidden>{t('versions.which', { index: version, count })}</VisuallyHidden>
      </span>
      <IconButton icon={ChevronRight} label={t('versions.next')} disabled={version >= count} onClick={() => go(1)} />
    </div>
  )
}

interface PassageToolsProps {
  passage: Passage
  index: number
  isLast: boolean
  /** Whether the tools are seen without hovering. */
  shown: boolean
  simple: boolean
  retrying: boolean
  wishLimit: number
  actions: StoryActions
}

export function PassageTools({ passage, index, isLast, shown, simple, retrying, wishLimit, actions }: PassageToolsProps) {
  const { t } = useTranslation('story')
  return (
    <div className={shown ? `${styles.tools} ${styles.shown}` : styles.tools}>
      <div className={styles.sticky}>
        <Versions passage={passage} index={index} actions={actions} />
        <div className={styles.handle}>
          <IconButton icon={Ellipsis} label={t('tools.show', { index })} aria-expanded={shown} onClick={() => actions.choosePassage(passage.id)} />
        </div>
        <div role="group" aria-label={t('tools.label', { index })} className={styles.buttons}>
          <RetryPopover
            open={retrying}
            wishLimit={wishLimit}
            onOpenChange={(open) => actions.openRetry(open ? passage.id : null)}
            onRetry={(wish) => actions.retry(passage, wish)}
          />
          <IconButton icon={PencilLine} label={t('tools.edit')} onClick={() => actions.openEditor(passage.id)} />
          {!simple && (
            <>
              <IconButton icon={Copy} label={t('tools.copy')} onClick={() => void actions.copy(passage.text)} />
              {!isLast && (
                <IconButton
                  icon={CornerDownRight}
                  label={t('tools.continueHere')}
                  onClick={() => void actions.continueFrom(passage)}
                />
              )}
            </>
          )}
        </div>
      </div>
    </div>
  )
}
