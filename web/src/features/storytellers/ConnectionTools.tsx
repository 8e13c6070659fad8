// What can be done with a server that the reader connected: look again, change it, let it go.

import { Pencil, RefreshCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asProblem, useProblemText } from '../../api'
import { Confirm } from '../../ui/dialog/Confirm'
import { Menu } from '../../ui/menu/Menu'
import { notify } from '../../ui/toast/notify'
import styles from './Storytellers.module.css'
import { type Connection, isChecking, useCheck, useDeleteConnection } from './tellersApi'

/** Whether the server is being asked just now, and the asking. */
export function useChecking(connection: Connection | undefined): { isRunning: boolean; check: () => void } {
  const problemText = useProblemText()
  const { mutate, isPending } = useCheck()
  return {
    isRunning: isPending || (connection !== undefined && isChecking(connection)),
    check: () => {
      if (!connection) return
      mutate(connection.id, {
        onError: (problem) => notify(problemText(asProblem(problem)), { tone: 'trouble', id: 'storytellers' }),
      })
    },
  }
}

export function ConnectionTools({ connection, onEdit }: { connection: Connection; onEdit: () => void }) {
  const { t } = useTranslation('storytellers')
  const problemText = useProblemText()
  const { check } = useChecking(connection)
  const remove = useDeleteConnection()
  const [isAsking, setAsking] = useState(false)
  const { id, name } = connection
  const entries = [
    { icon: Pencil, text: t('tellers.edit'), onSelect: onEdit },
    { icon: RefreshCw, text: t('tellers.checkAgain'), onSelect: check },
    { icon: Trash2, text: t('tellers.delete'), apart: true, onSelect: () => setAsking(true) },
  ]
  return (
    <>
      <Menu label={t('tellers.actions', { name })} entries={entries} className={styles.menu} />
      {isAsking && (
        <Confirm
          title={t('tellers.deleteTitle', { name })}
          text={t('tellers.deleteText')}
          confirm={t('tellers.delete')}
          cancel={t('cancel')}
          onCancel={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false)
            remove.mutate(id, {
              onSuccess: () => notify(t('tellers.deleted', { name }), { id: 'storytellers' }),
              onError: (problem) => notify(problemText(asProblem(problem)), { tone: 'trouble', id: 'storytellers' }),
            })
          }}
        />
      )}
    </>
  )
}
