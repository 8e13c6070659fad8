// The server that tests talk to: it has no accounts, and each test says what else it needs (see fakeApi.ts for a whole one).

import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import type { Session } from '../api'

export const NO_ACCOUNTS: Session = { accounts: 'off', sign_up: 'closed', oidc: [], mail: false, account: null, csrf: '' }

export const server = setupServer(
  http.get('*/api/auth/session', () => HttpResponse.json(NO_ACCOUNTS)),
)
