// Draws the messages of `notify`: one region, at the bottom, above everything.

import { X } from 'lucide-react'
import { createRoot } from 'react-dom/client'
import { cssTransition, type Id, toast, ToastContainer } from 'react-toastify/unstyled'
import { IconButton } from '../button/IconButton'
import type { Message } from './notify'
import styles from './Toasts.module.css'

const QUIET_MS = 4_000
const LONGER_MS = 10_000

const rise = cssTransition({ enter: styles.enter ?? '', exit: styles.exit ?? '', collapse: false })

/** The words of the region itself; this package knows no catalogue. */
const words = {
  de: { region: 'Meldungen', close: 'Meldung schließen' },
  en: { region: 'Messages', close: 'Close message' },
}
const wordsNow = () => (document.documentElement.lang === 'de' ? words.de : words.en)

/** The message that stands for an id; a new one takes its place even while the old one is leaving. */
const shown = new Map<string, Id>()

let root: HTMLElement | undefined

/** The region lives beside the page, so that it outlasts every page. */
function ensureRegion(): void {
  if (root?.isConnected) return
  root = document.createElement('div')
  document.body.append(root)
  createRoot(root).render(
    <ToastContainer
      aria-label={wordsNow().region}
      className={styles.region}
      position="bottom-center"
      transition={rise}
      newestOnTop
      hideProgressBar
      pauseOnHover
      pauseOnFocusLoss
      closeOnClick={false}
      draggable={false}
      icon={false}
      closeButton={({ closeToast }) => (
        <IconButton icon={X} label={wordsNow().close} className={styles.close} onClick={() => closeToast()} />
      )}
    />,
  )
}

export function show({ text, id, tone = 'quiet', action }: Message): void {
  ensureRegion()
  const content = ({ closeToast }: { closeToast: () => void }) => (
    <>
      <span className={styles.text}>{text}</span>
      {action && (
        <button
          type="button"
          className={styles.action}
          onClick={() => {
            closeToast()
            action.onAction()
          }}
        >
          {action.label}
        </button>
      )}
    </>
  )
  const isTrouble = tone === 'trouble'
  const options = {
    autoClose: action || isTrouble ? LONGER_MS : QUIET_MS,
    className: isTrouble ? styles.trouble : styles.quiet,
    role: isTrouble ? 'alert' : 'status',
  }
  hide(id)
  shown.set(id, toast(content, options))
}

export function hide(id: string): void {
  const before = shown.get(id)
  if (before !== undefined) toast.dismiss(before)
  shown.delete(id)
}
