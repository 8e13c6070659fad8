// What an action goes through that the server does only for who has just shown that it is them.

import { createContext, useContext } from 'react'

export type Verifying = <T>(act: () => Promise<T>) => Promise<T>

export const Verified = createContext<Verifying>((act) => act())

/** Does it; where the server asks who it is, asks the reader, and does it then. Raises: AbortError where they would not say. */
export const useVerified = (): Verifying => useContext(Verified)

/** Whether that is what was thrown: there is nothing to say about it. */
export const wasTakenBack = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'
