import type { Page } from '@playwright/test'
import { expectConnection, expectWindow, runCommand } from './pages/frame.ts'
import { openRule } from './pages/routing.ts'
import { expect, test, type ShellOptions } from './shell.ts'

/** Another window of the desktop app, or another tab of the browser, as a user opens it. */
async function openAnother(page: Page, shell: ShellOptions['shell']): Promise<Page> {
  const opened = page.context().waitForEvent('page')
  await runCommand(page, shell === 'electron' ? 'New window' : 'Open another tab')
  const another = await opened
  await expectWindow(another)
  await expectConnection(another, /live/i)
  return another
}

const weight = (page: Page) =>
  page
    .getByRole('spinbutton', { name: 'Weight of v1 in rule 2 in percent' })
    .or(page.getByRole('textbox', { name: 'Weight of v1 in rule 2 in percent' }))
const line = (page: Page, words: string) =>
  page.getByRole('region', { name: 'YAML' }).locator('.view-line', { hasText: words }).first()

test('two windows on one draft follow each other, with cursor and undo', async ({ app: { page }, shell }) => {
  await expectWindow(page)
  await expectConnection(page, /live/i)
  await openRule(page, 'myapp')
  const other = await openAnother(page, shell)
  await openRule(other, 'myapp')
  await expect(weight(other)).toHaveValue('90')

  await weight(page).fill('70')
  await expect(weight(other)).toHaveValue('70')
  await expect(line(other, 'weight: 70')).toBeVisible()

  // The other one types at a place of its own while this one changes the weight again.
  await line(other, 'hosts:').click()
  await other.keyboard.press('End')
  await other.keyboard.type(' # one', { delay: 20 })
  await expect(line(page, '# one')).toBeVisible()
  await weight(page).fill('60')
  await expect(weight(other)).toHaveValue('60')
  await other.keyboard.type(' two', { delay: 20 })
  await expect(line(other, '# one two')).toBeVisible()
  await expect(line(page, '# one two')).toBeVisible()
  await expect(weight(other)).toHaveValue('60')

  await other.keyboard.press('Control+z')
  await expect(line(other, 'one two')).toHaveCount(0)
  await expect(line(page, 'one two')).toHaveCount(0)
  await expect(weight(page)).toHaveValue('60')
})
