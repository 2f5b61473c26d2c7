import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { pasteNewText } from './pages/editor.ts'
import { expectConnection, expectWindow } from './pages/frame.ts'
import { test } from './shell.ts'

const window = join(import.meta.dirname, '..', 'test', 'fixtures', 'cases', 'window')
const read = (name: string): string => readFileSync(join(window, name), 'utf8')

async function openProblems(page: Page): Promise<void> {
  await page
    .getByRole('contentinfo')
    .getByRole('button', { name: /problem/i })
    .click()
}

test('what a text would break is in Problems without opening anything', async ({ app }) => {
  const { page } = app
  await expectWindow(page)
  await expectConnection(page, /live/i)
  await openProblems(page)
  const panel = page.getByRole('region', { name: 'Panel' })
  // The playground has nothing wrong, and it is said what was looked at.
  await expect(panel).toContainText(/\d+ objects of \d+ kinds checked/, { timeout: 30_000 })
  await expect(panel).toContainText('No problems found')

  await pasteNewText(page, read('second-virtualservice.yaml'))
  const list = page.getByRole('list', { name: 'Problems' })
  await expect(list).toContainText('IST0109', { timeout: 30_000 })
  await expect(list).toContainText('nowhere')

  await pasteNewText(page, read('broken-and-long.yaml'))
  await expect(list).toContainText('KIA0106', { timeout: 30_000 })
  await expect(list).toContainText('v9')
})
