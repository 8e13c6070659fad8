// Asks for a story's new title.

import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, type Story, useConfiguration, useProblemText, useRenameStory } from '../../api'
import { Button } from '../../ui/button/Button'
import { Dialog } from '../../ui/dialog/Dialog'
import { TextField } from '../../ui/field/Field'
import { notify } from '../../ui/toast/notify'
import styles from './Library.module.css'

/** Until the server has said its own. */
const TITLE_CHARS = 200

export function RenameDialog({ story, onClose }: { story: Story; onClose: () => void }) {
  const { t } = useTranslation()
  const problemText = useProblemText()
  const limit = useConfiguration().data?.limits.title_chars ?? TITLE_CHARS
  const { mutateAsync: rename, isPending } = useRenameStory()
  const [title, setTitle] = useState(story.title)
  const [trouble, setTrouble] = useState<string>()
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const wanted = title.trim()
    if (isPending) return
    if (wanted === '') setTrouble(t('library.titleEmpty'))
    else if (wanted.length > limit) setTrouble(t('library.titleTooLong', { count: limit }))
    else if (wanted === story.title) onClose()
    else {
      try {
        await rename({ id: story.id, title: wanted })
        notify(t('library.renamed'), { id: 'library' })
        onClose()
      } catch (error) {
        setTrouble(problemText(asProblem(error)))
      }
    }
  }
  return (
    <Dialog title={t('library.rename')} onClose={onClose}>
      <form className={styles.rename} onSubmit={(event) => void submit(event)}>
        <TextField
          label={t('library.renameLabel')}
          value={title}
          lang={story.language}
          trouble={trouble}
          onFocus={(event) => event.target.select()}
          onChange={(event) => {
            setTitle(event.target.value)
            setTrouble(undefined)
          }}
        />
        <div className={styles.buttons}>
          <Button type="submit" busy={isPending}>
            {t('library.save')}
          </Button>
          <Button variant="quiet" onClick={onClose}>
            {t('library.cancel')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
