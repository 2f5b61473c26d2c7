import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { expectConnection, expectWindow, useTheme, type Theme } from '../../e2e/pages/frame.ts'
import { tour } from '../../e2e/pages/tour.ts'
import { startApp } from '../../e2e/shell.ts'

/** Every view in both themes, as a new user of the playground meets it. */
const DOCS = join(import.meta.dirname, '..', '..', 'docs')
const THEMES: readonly Theme[] = ['dark', 'light']
/** The one that stands in the README. */
const COVER = 'routing-dark'
/** `WIDTHxHEIGHT`, to look at another size; such pictures go to a folder of their own. */
const [width = 1440, height = 900] = (process.argv[2] ?? '').split('x').map(Number).filter(Boolean)
const isForGuide = process.argv[2] === undefined
const folder = isForGuide ? join(DOCS, 'guide') : join(DOCS, '..', 'test-results', 'pictures')

await mkdir(folder, { recursive: true })
const home = await mkdtemp(join(tmpdir(), 'mesh-workbench-guide-'))
const executablePath = process.env['MESH_WORKBENCH_CHROMIUM']
const browser = await chromium.launch({
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--force-color-profile=srgb'],
  ...(executablePath === undefined ? {} : { executablePath }),
})
const app = await startApp({ shell: 'web', browser, home })
try {
  const { page } = app
  await page.setViewportSize({ width, height })
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await expectWindow(page)
  await expectConnection(page, 'live')
  for (const { name, open } of tour) {
    await open(page)
    for (const theme of THEMES) {
      await useTheme(page, theme)
      const path = join(folder, `${name}-${theme}.png`)
      await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
      console.log(path)
    }
  }
  if (isForGuide) await copyFile(join(folder, `${COVER}.png`), join(DOCS, 'screenshot.png'))
} finally {
  await app.stop()
  await browser.close()
  await rm(home, { recursive: true, force: true })
}
