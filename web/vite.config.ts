import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { precompress } from './scripts/precompress'
import { hideVersions } from './scripts/versions'

const API_ORIGIN = process.env.STORYBOT_API ?? 'http://127.0.0.1:5000'

export default defineConfig({
  plugins: [react(), hideVersions(), precompress()],
  server: {
    port: 3000,
    strictPort: true,
    proxy: { '/api': { target: API_ORIGIN, changeOrigin: false } },
  },
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    target: 'es2022',
    // A data: URL would ask the gateway to allow more in its Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'jsdom',
    environmentOptions: { jsdom: { url: 'http://localhost:3000/' } },
    setupFiles: ['src/test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    css: { include: [] },
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 60_000,
    maxWorkers: 2,
  },
})
