// The passkeys of an account: add, rename, remove.

import { KeyRound, Pencil, Trash2 } from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Account } from '../../api'
import { useWhen } from '../../lib/time'
import { useVerified } from '../../lib/verified'
import { Button } from '../../ui/button/Button'
import { IconButton } from '../../ui/button/IconButton'
import { Confirm } from '../../ui/dialog/Confirm'
import { TextField } from '../../ui/field/Field'
import { notify } from '../../ui/toast/notify'
import { addPasskey, askNewPasskey, removePasskey, renamePasskey } from './authApi'
import form from './Form.module.css'
import styles from './Page.module.css'
import { hasPasskeys } from './passkeys'
import { useDeed, useTroubleText } from './useDeed'

type Passkeys = Account['passkeys']

export function PasskeysSection({ passkeys }: { passkeys: Passkeys }) {
  const { t } = useTranslation('account')
  const [isAdding, setAdding] = useState(false)
  return (
    <section>
      <h2>{t('passkeys.title')}</h2>
      <div className={styles.stack}>
        <p className={styles.soft}>{t('passkeys.intro')}</p>
        {passkeys.length === 0 ? <p className={styles.small}>{t('passkeys.none')}</p> : <List passkeys={passkeys} />}
        {!hasPasskeys() && <p className={styles.small}>{t('passkey.unsupported')}</p>}
        {hasPasskeys() && !isAdding && (
          <Button variant="outline" onClick={() => setAdding(true)}>
            <KeyRound aria-hidden="true" size={18} />
            {t('passkeys.add')}
          </Button>
        )}
        {isAdding && <Add onClose={() => setAdding(false)} />}
      </div>
    </section>
  )
}

function List({ passkeys }: { passkeys: Passkeys }) {
  return (
    <ul role="list" className={styles.list}>
      {passkeys.map((passkey) => (
        <li key={passkey.id} className={styles.item}>
          <One passkey={passkey} />
        </li>
      ))}
    </ul>
  )
}

function One({ passkey: { id, name, created_at, last_used_at } }: { passkey: Passkeys[number] }) {
  const { t } = useTranslation('account')
  const say = useTroubleText()
  const when = useWhen()
  const verified = useVerified()
  const [isRenaming, setRenaming] = useState(false)
  const [isRemoving, setRemoving] = useState(false)
  const remove = async (): Promise<void> => {
    setRemoving(false)
    try {
      await verified(() => removePasskey(id))
      notify(t('passkeys.removed'), { id: 'account' })
    } catch (error) {
      const text = say(error)
      if (text !== '') notify(text, { tone: 'trouble', id: 'account' })
    }
  }
  if (isRenaming) return <Name first={name} go={t('passkeys.save')} onGo={(next) => renamePasskey(id, next)} onClose={() => setRenaming(false)} />
  return (
    <>
      <div className={styles.what}>
        <p className={styles.strong}>{name}</p>
        <p className={styles.small}>
          {t('passkeys.created', { when: when(created_at) })}
          {last_used_at !== null && ` · ${t('passkeys.used', { when: when(last_used_at) })}`}
        </p>
      </div>
      <div>
        <IconButton icon={Pencil} label={t('passkeys.rename', { name })} onClick={() => setRenaming(true)} />
        <IconButton icon={Trash2} label={t('passkeys.remove', { name })} onClick={() => setRemoving(true)} />
      </div>
      {isRemoving && (
        <Confirm
          title={t('passkeys.removeTitle', { name })}
          text={t('passkeys.removeText')}
          confirm={t('passkeys.removeGo')}
          cancel={t('passkeys.cancel')}
          onConfirm={() => void remove()}
          onCancel={() => setRemoving(false)}
        />
      )}
    </>
  )
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('account')
  const verified = useVerified()
  return (
    <Name
      first={t('passkeys.firstName')}
      hint={t('passkeys.nameHint')}
      go={t('passkeys.create')}
      onGo={async (name) => {
        await addPasskey(await verified(askNewPasskey), name)
        notify(t('passkeys.added'), { id: 'account' })
      }}
      onClose={onClose}
    />
  )
}

interface NameProps {
  first: string
  hint?: string
  go: string
  onGo: (name: string) => Promise<unknown>
  onClose: () => void
}

function Name({ first, hint, go, onGo, onClose }: NameProps) {
  const { t } = useTranslation('account')
  const deed = useDeed()
  const [name, setName] = useState(first)
  const [missing, setMissing] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const submit = async (): Promise<void> => {
    const given = name.trim()
    setMissing(given === '' ? t('fields.missingName') : undefined)
    if (given !== '' && (await deed.run(() => onGo(given)))) onClose()
    else input.current?.focus()
  }
  return (
    <form
      noValidate
      className={`${form.form} ${styles.narrow}`}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <TextField
        ref={input}
        // eslint-disable-next-line jsx-a11y/no-autofocus -- the reader has just asked for this field
        autoFocus
        label={t('passkeys.name')}
        hint={hint}
        maxLength={64}
        value={name}
        trouble={missing ?? deed.trouble}
        onChange={(event) => setName(event.target.value)}
      />
      <div className={form.actions}>
        <Button type="submit" busy={deed.busy}>
          {go}
        </Button>
        <Button variant="quiet" onClick={onClose}>
          {t('passkeys.cancel')}
        </Button>
      </div>
    </form>
  )
}
