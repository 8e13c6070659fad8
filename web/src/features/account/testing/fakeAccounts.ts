// A server with accounts in memory, for tests of whole pages: one account, its sessions, passkeys, children.

import { http, HttpResponse, type RequestHandler } from 'msw'
import type { Account, Session } from '../../../api'
import { AT, FakeApi } from '../../../test/fakeApi'

export const ADA = 'ada@example.com'
export const PASSWORD = 'seven green kites'

export const anAccount = (part: Partial<Account> = {}): Account => ({
  id: 'account-1',
  email: ADA,
  role: 'member',
  language: null,
  confirmed: true,
  has_password: true,
  has_totp: false,
  has_pin: false,
  passkeys: [],
  profile: null,
  profiles: [],
  ...part,
})

const problem = (slug: string, status: number, extra: object = {}) =>
  HttpResponse.json({ type: `urn:storybot:problem:${slug}`, title: slug, status, detail: slug, trace_id: 'trace-of-test', ...extra }, { status })

export class FakeAccounts {
  readonly api = new FakeApi()
  /** null: nobody is signed in. */
  account: Account | null = null
  signUp: Session['sign_up'] = 'open'
  asksSecondStep = false
  isFresh = true
  csrf = 'csrf-1'
  /** What came in, as `POST /auth/login`, with its body and its token. */
  readonly heard: { what: string; body: unknown; csrf: string | null }[] = []
  /** What is refused: `POST /auth/login` → slug, status, more. */
  readonly refused = new Map<string, [slug: string, status: number, extra?: object]>()

  get session(): Session {
    return { accounts: 'on', sign_up: this.signUp, oidc: [], mail: true, account: this.account, csrf: this.csrf }
  }

  /** As after each sign-in: another cookie, another token. */
  signIn(account: Account = anAccount()): Session {
    this.account = account
    this.csrf = `csrf-${this.heard.length + 2}`
    return this.session
  }

  private on(method: 'get' | 'post' | 'patch' | 'put' | 'delete', path: string, then: (body: Record<string, unknown>) => Response): RequestHandler {
    return http[method](`*/api${path}`, async ({ request }) => {
      const what = `${method.toUpperCase()} ${path}`
      const body = (method === 'get' ? undefined : await request.json().catch(() => undefined)) as Record<string, unknown>
      const csrf = request.headers.get('X-CSRF-Token')
      this.heard.push({ what, body, csrf })
      const refused = this.refused.get(what)
      if (refused) return problem(...refused)
      if (method !== 'get' && csrf !== this.csrf) return problem('csrf', 403)
      return then(body)
    })
  }

  private fresh = (then: () => Response) => (): Response => (this.isFresh ? then() : problem('needs-verification', 403))

  /** Where nobody is signed in, nothing but signing in is answered. */
  private readonly closed: RequestHandler = http.all('*/api/*', ({ request }) =>
    this.account || new URL(request.url).pathname.startsWith('/api/auth/') ? undefined : problem('signed-out', 401),
  )

  readonly handlers: RequestHandler[] = [
    this.on('get', '/auth/session', () => HttpResponse.json(this.session)),
    this.on('post', '/auth/login', ({ password }) => {
      if (password !== PASSWORD) return problem('wrong-credentials', 401)
      if (this.asksSecondStep) return HttpResponse.json({ ...this.session, second_factor: ['totp', 'recovery'] })
      return HttpResponse.json({ ...this.signIn(), second_factor: null })
    }),
    this.on('post', '/auth/second-factor', ({ code }) => (code === '123456' ? HttpResponse.json(this.signIn()) : problem('wrong-code', 401))),
    this.on('post', '/auth/register', ({ password }) =>
      String(password).length < 10 ? problem('password-weak', 422, { reason: 'short', errors: [{ pointer: '/password', detail: 'short' }] }) : HttpResponse.json({}, { status: 202 }),
    ),
    this.on('post', '/auth/forgotten', () => HttpResponse.json({}, { status: 202 })),
    this.on('post', '/auth/reset', ({ token }) => (token === 'good' ? HttpResponse.json(this.session) : problem('link-invalid', 422))),
    this.on('post', '/auth/logout', () => {
      this.account = null
      return new HttpResponse(null, { status: 204 })
    }),
    this.on('post', '/auth/verify', ({ password }) => {
      if (password !== PASSWORD) return problem('wrong-credentials', 401)
      this.isFresh = true
      this.csrf = 'csrf-verified'
      return new HttpResponse(null, { status: 204 })
    }),
    this.on('post', '/auth/address', this.fresh(() => HttpResponse.json({}, { status: 202 }))),
    this.on('get', '/auth/sessions', () =>
      HttpResponse.json([
        { id: 's1', current: true, created_at: AT, last_seen_at: AT, device: 'Firefox · Linux', place: '10.0.0.0' },
        { id: 's2', current: false, created_at: AT, last_seen_at: AT, device: '', place: '' },
      ]),
    ),
    this.on('delete', '/auth/account', this.fresh(() => HttpResponse.json({ id: 'j1', state: 'queued', progress: 0.25 }, { status: 202 }))),
    this.on('get', '/erasures/j1', () => {
      this.account = null
      return problem('signed-out', 401)
    }),
    this.on('get', '/profiles', () => HttpResponse.json([{ id: 'p1', name: 'Mia', age_band: '6-8', engines: null, needs_approval: true, waiting: 2 }])),
    this.on('get', '/approvals', () => HttpResponse.json([])),
    this.closed,
    ...this.api.handlers,
  ]
}
