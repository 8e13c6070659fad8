// Where it goes on after signing in: a path of this page, and never another site's.

export const wayOn = (next: string | null): string => (next !== null && /^\/(?![/\\])/.test(next) ? next : '/')
