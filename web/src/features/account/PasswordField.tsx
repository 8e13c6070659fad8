// A password: it can be shown, pasted, and filled in by the browser.

import { Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from '../../ui/button/IconButton'
import { TextField, type TextFieldProps } from '../../ui/field/Field'
import styles from './Form.module.css'

export function PasswordField(props: Omit<TextFieldProps, 'type' | 'className'> & { autoComplete: 'current-password' | 'new-password' }) {
  const { t } = useTranslation('account')
  const [isShown, setShown] = useState(false)
  return (
    <div className={styles.password}>
      <TextField {...props} type={isShown ? 'text' : 'password'} spellCheck={false} autoCapitalize="none" className={styles.secret} />
      <IconButton
        icon={isShown ? EyeOff : Eye}
        label={t(isShown ? 'fields.hidePassword' : 'fields.showPassword')}
        className={styles.eye}
        onClick={() => setShown(!isShown)}
      />
    </div>
  )
}
