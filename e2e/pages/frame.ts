import { expect, type Page } from '@playwright/test'

export type Theme = 'light' | 'dark'

/** The views in the order of the rail, which is that of their shortcuts. */
export const VIEWS = [
  'Home',
  'Traffic',
  'Routing',
  'Resources',
  'Editor',
  'Traces',
  'Setup',
  'Settings',
] as const
export type View = (typeof VIEWS)[number]

/** Waits until the window is usable. */
export async function expectWindow(page: Page): Promise<void> {
  await expect(page.getByRole('navigation', { name: 'Views' })).toBeVisible({ timeout: 180_000 })
}

/** Waits until the chosen context's connection is as said. */
export async function expectConnection(page: Page, state: RegExp | string, timeout = 60_000): Promise<void> {
  await expect(page.getByRole('contentinfo').getByRole('status')).toContainText(state, { timeout })
}

/** Opens a view by its shortcut. */
export async function openView(page: Page, view: View): Promise<void> {
  await page.keyboard.press(`Control+${VIEWS.indexOf(view) + 1}`)
  await expect(page).toHaveTitle(`${view} · Mesh Workbench`)
}

/** Finds something in the command palette and runs it, by keyboard alone. */
export async function runCommand(page: Page, words: string): Promise<void> {
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox', { name: 'Search or run a command' })
  await expect(field).toBeFocused()
  await field.fill(words)
  await expect(page.getByRole('option', { selected: true })).toContainText(words)
  await page.keyboard.press('Enter')
  await expect(field).toBeHidden()
}

export async function useTheme(page: Page, theme: Theme): Promise<void> {
  await runCommand(page, `Use the ${theme} theme`)
  await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
}

/** Chooses a context in the top bar. */
export async function chooseContext(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: /^Context / }).click()
  await page.getByRole('menuitemradio', { name: new RegExp(`^${name} `) }).click()
  await expect(page.getByRole('button', { name: new RegExp(`^Context ${name}, `) })).toBeVisible()
}
