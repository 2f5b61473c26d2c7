import { expect, type Page } from '@playwright/test'
import type { App } from '../shell.ts'
import { openView } from './frame.ts'

/** Opens a new text in the editor and pastes into it, as from the clipboard: nothing is indented on the way. */
export async function pasteNewText(page: Page, text: string): Promise<void> {
  await openView(page, 'Editor')
  await page.getByRole('button', { name: 'New text' }).click()
  const editor = page.getByRole('main').locator('.monaco-editor').first()
  await editor.click()
  await page.evaluate(pasted => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', pasted)
    document.activeElement?.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
    )
  }, text)
  const [lastLine = ''] = text.trimEnd().split('\n').slice(-1)
  await expect(editor).toContainText(lastLine.trim())
}

/** Reviews the text that is open in the editor. */
export async function reviewText(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Review change' }).click()
  await expect(page.getByRole('region', { name: 'Review', exact: true })).toBeVisible()
}

/** Opens a file in the editor as a user does: by the dialog of the system, or by its path in the browser. */
export async function openFile({ page, answerFileDialog }: App, path: string): Promise<void> {
  await openView(page, 'Editor')
  await answerFileDialog?.(path)
  await page.getByRole('button', { name: 'Open file…' }).click()
  if (answerFileDialog !== undefined) return
  await page.getByRole('dialog', { name: 'Open a file' }).getByRole('textbox', { name: 'Path' }).fill(path)
  await page.keyboard.press('Enter')
}
