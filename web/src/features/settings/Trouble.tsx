// Why a job came to nothing, in a sentence.

import { fromDetails, type Job, Problem, useProblemText } from '../../api'
import styles from './YourData.module.css'

export function Trouble({ problem }: { problem: Job['problem'] }) {
  const problemText = useProblemText()
  return (
    <p role="alert" className={styles.trouble}>
      {problemText(fromDetails(problem) ?? new Problem({ slug: 'job-failed' }))}
    </p>
  )
}
