import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { expect, test, type App } from './shell.ts'

/** The texts of the drafts as they are on disk: what a power cut would leave. */
async function draftOnDisk(app: App): Promise<string> {
  const folder = join(app.dataFolder, 'drafts')
  const names = await readdir(folder).catch(() => [])
  const texts = await Promise.all(
    names.filter(name => name.endsWith('.json')).map(name => readFile(join(folder, name), 'utf8')),
  )
  const drafts = texts.map(text => JSON.parse(text) as { text: string })
  return drafts.find(({ text }) => text.includes('kind: VirtualService'))?.text ?? ''
}

const weightsOf = (text: string): string[] =>
  [...text.matchAll(/weight: (\d+)/g)].map(([, number]) => number ?? '')
const withoutWeights = (text: string): string => text.replace(/weight: \d+/g, 'weight: N')

const open = async (page: Page, view: string): Promise<void> => {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view }).click()
  await expect(page).toHaveTitle(`${view} · Mesh Workbench`)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
}

const openMyapp = async (page: Page): Promise<void> => {
  await open(page, 'Routing')
  await page
    .getByRole('main')
    .getByRole('link', { name: /^myapp/ })
    .first()
    .click()
  await expect(page.getByRole('heading', { level: 1, name: 'myapp' })).toBeVisible()
}

/** Types at the end of a line of the YAML that holds the text. */
async function typeInYaml(page: Page, line: string, text: string, erase = 0): Promise<void> {
  const yaml = page.getByRole('region', { name: 'YAML' })
  await yaml.locator('.view-line', { hasText: line }).first().click()
  await page.keyboard.press('End')
  for (let count = 0; count < erase; count++) await page.keyboard.press('Backspace', { delay: 25 })
  await page.keyboard.type(text, { delay: 25 })
}

/** Drags a weight's handle to a percentage of its track. */
async function dragTo(page: Page, handle: Locator, percent: number): Promise<void> {
  // The figures that arrive beside the handle move what is below them.
  await expect(page.getByText(/now \d+ %/).first()).toBeVisible()
  const box = await handle.boundingBox()
  const track = await handle.locator('xpath=..').boundingBox()
  if (!box || !track) throw new Error('The handle is not shown')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(track.x + (track.width * percent) / 100, box.y + box.height / 2, { steps: 12 })
  // As a hand does: on until the handle shows the wanted weight.
  await expect(async () => {
    const now = await handle.locator('xpath=..').boundingBox()
    if (now) await page.mouse.move(now.x + (now.width * percent) / 100, now.y + now.height / 2)
    await expect(handle).toHaveAttribute('aria-valuenow', String(percent), { timeout: 5_000 })
  }).toPass()
  await page.mouse.up()
}

/** The live share of v2 in percent, as the list of the Traffic view says it. */
async function shareOfV2(page: Page): Promise<number> {
  const row = page
    .getByRole('grid', { name: 'Traffic between services' })
    .getByRole('row', { name: /frontend.*myapp/ })
  const text = (await row.textContent()) ?? ''
  return Number(/v2 ([\d.]+) %/.exec(text)?.[1] ?? NaN)
}

const applyReviewed = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Apply 1 change to playground' }).click()
  await expect(page.getByText('Applied 1 change to playground').first()).toBeVisible()
}

test('the canary is seen, changed, applied, traced, taken back, and survives a kill', async ({ app }) => {
  let { page } = app
  await expect(
    page.getByRole('button', { name: /^Context playground live$|^Context playground, live$/ }),
  ).toBeVisible()

  // The form edits the text: two numbers change and nothing else, not even a comment.
  await openMyapp(page)
  await typeInYaml(page, 'hosts:', ' # who is called')
  await expect.poll(() => draftOnDisk(app)).toContain('hosts: # who is called')
  const before = await draftOnDisk(app)
  const v1 = page.getByRole('slider', { name: 'Weight of v1 in rule 2' })
  await dragTo(page, v1, 50)
  await expect.poll(async () => weightsOf(await draftOnDisk(app))).toEqual(['50', '50'])
  expect(withoutWeights(await draftOnDisk(app))).toBe(withoutWeights(before))

  await page
    .getByRole('spinbutton', { name: 'Weight of v1 in rule 2 in percent' })
    .or(page.getByRole('textbox', { name: 'Weight of v1 in rule 2 in percent' }))
    .fill('70')
  await page.keyboard.press('Enter')
  await expect.poll(async () => weightsOf(await draftOnDisk(app))).toEqual(['70', '30'])
  expect(withoutWeights(await draftOnDisk(app))).toBe(withoutWeights(before))

  // The form follows the text.
  await typeInYaml(page, 'weight: 70', '40', 2)
  await expect(v1).toHaveAttribute('aria-valuenow', '40')
  await typeInYaml(page, 'weight: 40', '50', 2)
  await typeInYaml(page, 'weight: 30', '50', 2)
  await expect(v1).toHaveAttribute('aria-valuenow', '50')

  // Nothing is applied before it was reviewed.
  await page.getByRole('button', { name: 'Review change' }).click()
  await expect(page.getByRole('main')).toContainText('VirtualService')
  await expect(page.locator('.monaco-diff-editor')).toContainText('50')
  await applyReviewed(page)

  await open(page, 'Traffic')
  await expect.poll(() => shareOfV2(page)).toBeGreaterThan(40)
  expect(await shareOfV2(page)).toBeLessThan(64)
  await expect(page.locator('.edge-label', { hasText: /\d+\/\d+/ }).first()).toBeVisible()

  // A beta user's request, and the rule that chose its route.
  await open(page, 'Traces')
  await page.getByRole('combobox', { name: 'Service', exact: true }).selectOption('frontend.default')
  await page.getByRole('textbox', { name: 'Tags' }).fill('user-type=beta')
  await page.keyboard.press('Enter')
  await page.getByRole('listbox', { name: 'Traces' }).getByRole('option', { name: /myapp/ }).first().click()
  const waterfall = page.getByRole('region', { name: /^Trace / })
  await waterfall
    .getByRole('button', { name: /^frontend.*myapp/ })
    .first()
    .click()
  await expect(waterfall).toContainText('Routed by')
  await expect(
    waterfall.getByRole('link', { name: 'VirtualService myapp · rule 1', exact: true }),
  ).toBeVisible()
  await expect(waterfall).toContainText('100 % to subset v2')

  // And back.
  await page.getByRole('button', { name: /^Changes?|changes? to review/ }).click()
  await page
    .getByRole('button', { name: /^Revert/ })
    .first()
    .click()
  await page.getByRole('button', { name: 'Revert 1 change in playground' }).click()
  await expect(page.getByText(/Reverted 1 change|Applied 1 change/).first()).toBeVisible()
  await open(page, 'Traffic')
  await expect.poll(() => shareOfV2(page)).toBeLessThan(25)

  // A power cut in the middle of a word.
  await openMyapp(page)
  await typeInYaml(page, 'hosts:', ' # half a sent')
  await expect.poll(() => draftOnDisk(app)).toContain('# half a sent')
  await app.kill()
  page = await app.restart()
  await openMyapp(page)
  await expect(page.getByRole('region', { name: 'YAML' })).toContainText('# half a sent')
})
