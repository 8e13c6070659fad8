// The server that tests talk to: no handlers of its own, each test says what it needs (see api.ts for a whole one).

import { setupServer } from 'msw/node'

export const server = setupServer()
