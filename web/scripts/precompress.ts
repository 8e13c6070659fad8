// Vite plugin: writes twins beside every text file of the build, which servers hand out as they are: gzip for ours, Brotli for nginx.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXT = /\.(js|css|svg|html|json|txt)$/
/** A twin of a smaller file would save nothing worth a second file. */
const LEAST_BYTES = 600

export function precompress(): Plugin {
  let folder = ''
  return {
    name: 'precompress',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = resolve(root, build.outDir)
    },
    closeBundle: async () => {
      const names = await readdir(folder, { recursive: true })
      for (const name of names.filter((one) => TEXT.test(one))) {
        const text = await readFile(join(folder, name))
        if (text.length < LEAST_BYTES) continue
        await writeFile(join(folder, `${name}.gz`), gzipSync(text, { level: constants.Z_BEST_COMPRESSION }))
        await writeFile(join(folder, `${name}.br`), brotliCompressSync(text))
      }
    },
  }
}
