import { defineConfig } from 'vitest/config'
import { vuePlugin } from './scripts/vue-plugin.ts'

export default defineConfig({
  plugins: [vuePlugin()],
  resolve: {
    alias: [{ find: /^monaco-editor\/esm\/vs\/(.*)$/, replacement: 'monaco-editor/$1' }],
  },
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/**/*.test.ts'],
    // Node is the default; a test of a component says `// @vitest-environment happy-dom`.
    environment: 'node',
    silent: 'passed-only',
    // Limits end what hangs; no test is timed by them, also beside other programs on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
})
