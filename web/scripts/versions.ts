// Vite plugin: takes the exact versions of the packages out of the build, so that the page does not tell a stranger
// which known holes to try. What looks at a version (React DOM at React's) still finds its major number.

import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

interface Lock {
  packages: Record<string, { version?: string }>
}

/** The versions of all installed packages. */
export function installedVersions(lock: URL): Set<string> {
  const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as Lock
  return new Set(Object.entries(packages).flatMap(([name, { version }]) => (name && version ? [version] : [])))
}

/** The code with every quoted version of `versions` cut down to its major number. */
export function withoutVersions(code: string, versions: ReadonlySet<string>): string {
  return code.replace(/(["'`])(\d+)\.\d+\.\d+[\w.+-]*\1/g, (whole, quote: string, major: string) =>
    versions.has(whole.slice(1, -1)) ? quote + major + quote : whole,
  )
}

export function hideVersions(): Plugin {
  const versions = installedVersions(new URL('../package-lock.json', import.meta.url))
  return {
    name: 'hide-versions',
    apply: 'build',
    enforce: 'post',
    renderChunk: (code) => ({ code: withoutVersions(code, versions), map: null }),
  }
}
