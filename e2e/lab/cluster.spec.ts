import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expectConnection, chooseContext, expectWindow, openView, runCommand } from '../pages/frame.ts'
import { expect, startApp, test as base, type App } from '../shell.ts'
import { startLab, type Lab } from './lab.ts'

const NAME = 'window'
const TUTORIAL = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'tutorial')

/** One cluster for the file; each test has an app of its own. */
const test = base.extend<{ user: 'admin' | 'viewer'; app: App }, { lab: Lab }>({
  user: ['admin', { option: true }],
  lab: [
    async ({}, use) => {
      const lab = await startLab(NAME)
      await use(lab)
      await lab.stop()
    },
    { scope: 'worker', timeout: 600_000 },
  ],
  app: async ({ shell, chromium: browser, home, lab, user }, use) => {
    const env = { KUBECONFIG: user === 'admin' ? lab.kubeconfig : lab.viewerKubeconfig }
    const app = await startApp({ shell, browser, home, env })
    await use(app)
    await app.stop()
  },
})

const CANARY = (weight: number): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: by-kubectl, namespace: default}
spec:
  hosts: [by-kubectl]
  http:
  - route:
    - destination: {host: by-kubectl, subset: v1}
      weight: ${100 - weight}
    - destination: {host: by-kubectl, subset: v2}
      weight: ${weight}
`

test('the canary opens with the schemas of the cluster, is checked, and is applied', async ({
  app: { page },
  lab,
  home,
}) => {
  const file = join(home, '01-canary.yaml')
  await copyFile(join(TUTORIAL, '01-canary.yaml'), file)
  await expectWindow(page)
  await chooseContext(page, NAME)
  await expectConnection(page, /^live$/)

  await openView(page, 'Editor')
  await page.getByRole('button', { name: 'Open file…' }).click()
  await page.getByRole('textbox', { name: 'Path' }).fill(file)
  await page.keyboard.press('Enter')
  const text = page.locator('.view-lines')
  await expect(text).toContainText('user-type')
  await expect(page.getByRole('status').filter({ hasText: 'Schemas of' })).toHaveText(`Schemas of ${NAME}`, {
    timeout: 180_000,
  })
  const faults = page.getByRole('region', { name: 'Problems of the text' })
  await expect(faults, 'nothing is wrong with the tutorial').toHaveCount(0)

  await test.step('a wrong field is marked on its line', async () => {
    await page.locator('.view-line', { hasText: /weight:\s10$/ }).click()
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Backspace')
    await page.keyboard.type('retrys: 3')
    await page.keyboard.press('Escape')
    await expect(faults.getByRole('button', { name: /retrys.*Line 29/ })).toBeVisible()
    await expect(page.locator('.squiggly-warning, .squiggly-error')).toHaveCount(1)
  })

  await test.step('completion offers retries with its description', async () => {
    for (let left = 'ys: 3'.length; left > 0; left--) await page.keyboard.press('Backspace')
    await page.keyboard.press('Control+Space')
    await expect(page.getByRole('option', { name: /^retries/ })).toBeVisible()
    await expect(page.locator('.suggest-details')).toContainText('Retry policy for HTTP requests')
    await page.keyboard.press('Enter')
    await page.keyboard.type('attempts: 3')
    await page.keyboard.press('Escape')
    await expect(faults).toHaveCount(0)
  })

  await test.step('review is a dry run; apply is seen by kubectl', async () => {
    await page.getByRole('button', { name: 'Review change' }).click()
    const apply = page.getByRole('button', { name: `Apply 2 changes to ${NAME}` })
    await expect(apply).not.toHaveAttribute('aria-disabled', 'true')
    expect(await lab.kubectl('get', 'virtualservices', '-o', 'name')).not.toContain('myapp')
    await apply.click()
    await expect(page.getByRole('button', { name: 'Revert…' })).toBeVisible()
    const found = await lab.kubectl('get', 'virtualservice', 'myapp', '--show-managed-fields', '-o', 'json')
    expect(JSON.parse(found)).toMatchObject({
      metadata: { managedFields: [{ manager: 'mesh-workbench', operation: 'Apply' }] },
      spec: { http: [{ match: [{}] }, { retries: { attempts: 3 } }] },
    })
  })
})

test('what kubectl changes shows at once, and a killed API server heals by itself', async ({
  app: { page },
  lab,
}) => {
  await expectWindow(page)
  await chooseContext(page, NAME)
  await expectConnection(page, /^live$/)

  await openView(page, 'Resources')
  await page.getByRole('searchbox', { name: 'Find a kind' }).fill('virtualservice')
  await page
    .getByRole('navigation', { name: 'Kinds' })
    .getByRole('button', { name: /^VirtualService\b/ })
    .click()
  const row = page.getByRole('row', { name: /^by-kubectl\b/ })
  await expect(row).toHaveCount(0)

  await test.step('created, changed', async () => {
    await lab.apply(CANARY(10))
    await expect(row).toBeVisible()
    await row.click()
    await page.getByRole('tab', { name: 'YAML' }).click()
    const text = page.getByRole('tabpanel', { name: 'YAML' }).locator('.view-lines')
    await expect(text).toContainText('weight: 90')
    await lab.apply(CANARY(50))
    await expect(text).toContainText('weight: 50')
  })

  await test.step('the API server is killed, and comes back', async () => {
    const startAgain = await lab.killApiServer()
    await expectConnection(page, /^unreachable/)
    await expect(row, 'what was there stays').toBeVisible()
    await startAgain()
    await expectConnection(page, /^live$/, 120_000)
    await lab.kubectl('delete', 'virtualservice', 'by-kubectl')
    await expect(row).toHaveCount(0)
  })
})

test.describe('of a viewer', () => {
  test.use({ user: 'viewer' })
  test('what a user may not do is disabled, and says so', async ({ app: { page }, lab }) => {
    await lab.apply(CANARY(10))
    await expectWindow(page)
    await chooseContext(page, NAME)
    await expectConnection(page, /^live$/)
    await runCommand(page, 'istiod')
    const edit = page.getByRole('button', { name: 'Edit' })
    await expect(edit).toHaveAttribute('aria-disabled', 'true')
    await edit.hover()
    await expect(page.getByRole('tooltip')).toContainText(/patch/)
  })
})
