import { defineConfig } from '@playwright/test'
import type { ShellOptions } from './e2e/shell.ts'

/** The same specs run in both shells; those in `lab` meet a real API server and run in the web shell. */
export default defineConfig<ShellOptions>({
  testDir: 'e2e',
  outputDir: 'test-results/e2e',
  fullyParallel: false,
  // Each spec has a home, ports and clusters of its own.
  workers: 2,
  // Limits end what hangs; no test is timed by them, also beside other programs on a busy machine.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  forbidOnly: true,
  projects: [
    { name: 'web', testIgnore: 'lab/**', grepInvert: /@electron/, use: { shell: 'web' } },
    { name: 'electron', testIgnore: 'lab/**', grepInvert: /@web/, use: { shell: 'electron' } },
    { name: 'lab', testMatch: 'lab/**/*.spec.ts', use: { shell: 'web' } },
  ],
  use: { viewport: { width: 1440, height: 900 }, trace: 'retain-on-failure' },
})
