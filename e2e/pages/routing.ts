import { expect, type Locator, type Page } from '@playwright/test'
import { openView } from './frame.ts'

export const ruleCard = (page: Page, number: number): Locator =>
  page.getByRole('group', { name: new RegExp(`^Rule ${String(number)}: `) })

/** Opens a VirtualService or another rule of the list. */
export async function openRule(page: Page, name: string, section = 'VirtualServices'): Promise<void> {
  await openView(page, 'Routing')
  const list = page.getByRole('region', { name: section })
  await list.getByRole('link', { name: new RegExp(`^${name}\\b`) }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
}

/** Begins an object of a kind from nothing. */
export async function beginObject(page: Page, kind: string, hostLabel: string, host: string): Promise<void> {
  await openView(page, 'Routing')
  const back = page.getByRole('button', { name: 'All routes' })
  if (await back.isVisible()) await back.click()
  await page.getByRole('button', { name: 'New…' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('list', { name: 'Objects' })
    .getByRole('button', { name: new RegExp(`^${kind}\\b`) })
    .first()
    .click()
  await dialog.getByLabel(hostLabel).fill(host)
  await dialog.getByRole('button', { name: `Begin ${kind}` }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('heading', { level: 1, name: host })).toBeVisible()
}

/** Fills the fields of an open popover and presses its button. */
export async function answerPopover(
  page: Page,
  fields: Readonly<Record<string, string>>,
  button: string,
): Promise<void> {
  const popover = page.getByRole('dialog')
  await expect(popover).toBeVisible()
  for (const [label, value] of Object.entries(fields)) {
    const field = popover.getByLabel(label, { exact: true }).first()
    if ((await field.evaluate(element => element.tagName)) === 'SELECT') await field.selectOption(value)
    else await field.fill(value)
  }
  await popover.getByRole('button', { name: button }).click()
  await expect(popover).toBeHidden()
}
