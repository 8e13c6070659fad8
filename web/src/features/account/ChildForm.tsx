// Whom a shelf is for: name, age, who may tell, and whether a grown-up reads first.

import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type AgeBand, useEngines } from '../../api'
import { Button } from '../../ui/button/Button'
import { TextField } from '../../ui/field/Field'
import { Segmented } from '../../ui/segmented/Segmented'
import { Switch } from '../../ui/switch/Switch'
import { notify } from '../../ui/toast/notify'
import { type Profile, useSaveProfile } from './familyApi'
import form from './Form.module.css'
import styles from './Page.module.css'
import { useDeed } from './useDeed'

const ages = ['3-5', '6-8', '9-12', 'adult'] as const satisfies readonly AgeBand[]
const ANY = 'any'

export function ChildForm({ child, onClose }: { child?: Profile; onClose: () => void }) {
  const { t } = useTranslation('account')
  const { t: page } = useTranslation()
  const deed = useDeed()
  const save = useSaveProfile()
  const engines = useEngines().data ?? []
  const [name, setName] = useState(child?.name ?? '')
  const [age_band, setAge] = useState<AgeBand>(child?.age_band ?? '6-8')
  const [allowed, setAllowed] = useState(child ? (child.engines ?? null) : ['storyteller'])
  const [needs_approval, setNeedsApproval] = useState(child?.needs_approval ?? false)
  const [missing, setMissing] = useState<string>()
  const input = useRef<HTMLInputElement>(null)
  const go = async (): Promise<void> => {
    const given = name.trim()
    setMissing(given === '' ? t('fields.missingName') : undefined)
    if (given !== '' && (await deed.run(() => save.mutateAsync({ id: child?.id, name: given, age_band, engines: allowed, needs_approval })))) {
      notify(t('family.saved'), { id: 'family' })
      onClose()
    } else input.current?.focus()
  }
  const nameOf = (engine: string): string => (engine === 'storyteller' ? t('family.storyteller') : engine === 'openai' || engine === 'local' ? t(`family.${engine}`) : engine)
  return (
    <form
      noValidate
      className={`${form.form} ${styles.wide}`}
      onSubmit={(event) => {
        event.preventDefault()
        void go()
      }}
    >
      <TextField
        ref={input}
        // eslint-disable-next-line jsx-a11y/no-autofocus -- the reader has just asked for this form
        autoFocus
        label={t('family.name')}
        maxLength={80}
        value={name}
        trouble={missing ?? deed.trouble}
        className={styles.narrow}
        onChange={(event) => setName(event.target.value)}
      />
      <Segmented
        label={t('family.ageBand')}
        value={age_band}
        segments={ages.map((value) => ({ value, label: page(`home.ages.${value}`), spoken: page(`home.agesSpoken.${value}`) }))}
        onChoose={setAge}
      />
      <Segmented
        label={t('family.engines')}
        value={allowed?.length === 1 ? (allowed[0] ?? ANY) : ANY}
        segments={[...engines.map((one) => ({ value: one.name, label: nameOf(one.name) })), { value: ANY, label: t('family.anyEngine') }]}
        onChoose={(value) => setAllowed(value === ANY ? null : [value])}
      />
      <Switch label={t('family.needsApproval')} hint={t('family.needsApprovalHint')} checked={needs_approval} onChange={setNeedsApproval} />
      <div className={form.actions}>
        <Button type="submit" busy={deed.busy}>
          {t('family.save')}
        </Button>
        <Button variant="quiet" onClick={onClose}>
          {t('family.cancel')}
        </Button>
      </div>
    </form>
  )
}
