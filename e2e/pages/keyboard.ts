import { expect, type Locator, type Page } from '@playwright/test'

const hasFocus = (target: Locator): Promise<boolean> =>
  target.evaluate(element => element === document.activeElement)

/** Goes to the beginning of the view with F6, from pane to pane. */
export async function focusView(page: Page): Promise<void> {
  const inView = page.locator('main:focus-within')
  await page.keyboard.press('F6')
  for (let count = 0; count < 8 && (await inView.count()) === 0; count++) await page.keyboard.press('F6')
  await expect(inView).toHaveCount(1)
}

/** Goes on from the beginning of the view with Tab until the control has the focus; one out of reach fails. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible()
  await focusView(page)
  for (let count = 0; count < 120 && !(await hasFocus(target)); count++) await page.keyboard.press('Tab')
  await expect(target).toBeFocused()
}

/** Presses a control of the view with Enter, having gone there with Tab. */
export async function pressByKeyboard(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press('Enter')
}

/** The selected item of the list that has the focus. */
const selectedId = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.querySelector('[aria-selected="true"]')?.id ?? '')

/**
 * Moves the mark of a list that has the focus until it is on the item. The selection is in the address and follows the
 * key: each key waits for it, as pressing on would go past the item on a busy machine. Rows that change places meanwhile
 * are looked for from the beginning again.
 */
export async function arrowTo(page: Page, item: Locator): Promise<void> {
  const isSelected = async (): Promise<boolean> => (await item.getAttribute('aria-selected')) === 'true'
  await expect(async () => {
    await page.keyboard.press('Home')
    await expect.poll(() => selectedId(page), { timeout: 10_000 }).toMatch(/-0$/)
    for (let index = 1; index < 60 && !(await isSelected()); index++) {
      await page.keyboard.press('ArrowDown')
      await expect.poll(() => selectedId(page), { timeout: 10_000 }).toMatch(new RegExp(`-${String(index)}$`))
    }
    expect(await isSelected()).toBe(true)
  }).toPass()
}
