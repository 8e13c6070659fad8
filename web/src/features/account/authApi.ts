// What the pages of an account ask the server. Whoever is signed in afterwards is kept at once (keepSession).

import { apiJson, asProblem, askSession, fromDetails, isPermanent, type Job, keepSession, Problem, type Session } from '../../api'
import type { components } from '../../api/schema'
import { makeCredential, answerOf, type Question } from './passkeys'

type Schemas = components['schemas']
export type Passkey = Schemas['PasskeyOut']
export type SignIn = Schemas['SignInOut']
export type TotpSetup = Schemas['TotpSetupOut']
type LoginAnswer = Schemas['LoginOut']

const post = <T>(path: string, json: unknown = {}): Promise<T> => apiJson<T>(`auth/${path}`, { method: 'POST', json })

const keep = (session: Session): Session => {
  keepSession(session)
  return session
}

/** Resolves to whether a second step is still missing. */
export async function signIn(email: string, password: string, remember: boolean): Promise<boolean> {
  const answer = await post<LoginAnswer>('login', { email, password, remember })
  keep(answer)
  return answer.second_factor !== null
}

export const takeSecondStep = async (code: string): Promise<Session> => keep(await post<Session>('second-factor', { code }))

/**
 * Signs in with a passkey; `quietly` offers those that the browser knows where the address is typed.
 *
 * Raises: Problem; DOMException where the reader or the browser ended it.
 */
export async function signInWithPasskey(remember: () => boolean, { quietly, signal }: { quietly?: boolean; signal: AbortSignal }): Promise<Session> {
  const { publicKey, state } = await post<Question>('passkeys/sign-in/options')
  const credential = await answerOf(publicKey, { quietly, signal })
  return keep(await post<Session>('passkeys/sign-in', { state, credential, remember: remember() }))
}

export const signOut = (): Promise<void> => post('logout')
export const signUp = (email: string, password: string, invitation: string): Promise<unknown> =>
  post('register', { email, password, ...(invitation === '' ? {} : { invitation }) })
export const confirmAgain = (email: string): Promise<unknown> => post('confirm', { email })
export const sendReset = (email: string): Promise<unknown> => post('forgotten', { email })
export const resetPassword = async (token: string, password: string): Promise<Session> => keep(await post<Session>('reset', { token, password }))

/** Shows once more who it is; a new csrf token comes of it. */
export async function verify(proof: { password: string } | { totp: string }): Promise<void> {
  await post('verify', proof)
  await askSession()
}

export async function verifyWithPasskey(signal: AbortSignal): Promise<void> {
  const { publicKey, state } = await post<Question>('passkeys/sign-in/options')
  await post('verify', { state, credential: await answerOf(publicKey, { signal }) })
  await askSession()
}

export const saveLanguage = async (language: 'de' | 'en' | null): Promise<Session> =>
  keep(await apiJson<Session>('auth/account', { method: 'PATCH', json: { language } }))
export const savePassword = async (password: string, newPassword: string): Promise<Session> =>
  keep(await post<Session>('password', { ...(password === '' ? {} : { password }), new_password: newPassword }))
export const askAddress = (email: string): Promise<unknown> => post('address', { email })

export const setUpTotp = (): Promise<TotpSetup> => post('totp/setup')

/** Every change of the two steps gives the browser another session token, so the session is asked for anew. */
async function andAsk<T>(answer: Promise<T>): Promise<T> {
  const given = await answer
  await askSession()
  return given
}
export const enableTotp = (code: string): Promise<{ recovery_codes: string[] }> => andAsk(post('totp/enable', { code }))
export const disableTotp = (): Promise<void> => andAsk(post('totp/disable'))
export const newRecoveryCodes = (): Promise<{ recovery_codes: string[] }> => post('recovery-codes')

/** What the server asks of a new passkey. It comes first, since it may want to know again who it is. */
export const askNewPasskey = (): Promise<Question> => post('passkeys/options')
export async function addPasskey({ publicKey, state }: Question, name: string): Promise<Passkey> {
  const credential = await makeCredential(publicKey)
  return andAsk(post<Passkey>('passkeys', { state, credential, name }))
}
export const renamePasskey = (id: string, name: string): Promise<Passkey> =>
  andAsk(apiJson<Passkey>(`auth/passkeys/${id}`, { method: 'PATCH', json: { name } }))
export const removePasskey = (id: string): Promise<void> => andAsk(apiJson(`auth/passkeys/${id}`, { method: 'DELETE' }))

export const endSession = (id: string): Promise<void> => apiJson(`auth/sessions/${id}`, { method: 'DELETE' })
export const endOtherSessions = (): Promise<void> => apiJson('auth/sessions', { method: 'DELETE' })

/** Has the account and all of it deleted, which takes its time. */
export const beginLeaving = (): Promise<Job> => apiJson<Job>('auth/account', { method: 'DELETE', json: { confirm: 'delete' } })

const LOOK_AGAIN_MS = 700

/**
 * Waits until all is deleted; `onProgress` hears how much of it is, from 0 to 1.
 *
 * Raises: Problem where it failed.
 */
export async function untilGone(begun: Job, onProgress: (share: number) => void): Promise<void> {
  let job = begun
  while (job.state === 'queued' || job.state === 'running') {
    onProgress(job.progress)
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    try {
      job = await apiJson<Job>(`erasures/${job.id}`)
    } catch (error) {
      const problem = asProblem(error)
      // With the account its session is gone.
      if (problem.slug === 'signed-out') return
      if (isPermanent(problem)) throw problem
    }
  }
  if (job.state === 'failed') throw fromDetails(job.problem) ?? new Problem({ slug: 'job-failed' })
}
