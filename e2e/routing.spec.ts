import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { parse } from 'yaml'
import { draftWith } from './pages/drafts.ts'
import { openFile } from './pages/editor.ts'
import { expectConnection, expectWindow, openView, runCommand } from './pages/frame.ts'
import { answerPopover, beginObject, openRule, ruleCard } from './pages/routing.ts'
import { expect, test } from './shell.ts'

async function begin(page: Page): Promise<void> {
  await expectWindow(page)
  await expectConnection(page, /live/)
}

/** Removes an object of the playground by its details and the review. */
async function removeObject(page: Page, kind: string, plural: string, name: string): Promise<void> {
  await page.evaluate(
    ([path]) => (location.hash = path ?? ''),
    [`#/resources/networking.istio.io/${plural}?namespace=default&object=${name}`],
  )
  await page.getByRole('button', { name: 'Delete…' }).click()
  await page.getByRole('button', { name: `Delete ${kind} ${name} in playground` }).click()
  await expect(page.getByText(`Deleted ${kind} ${name} in playground`).first()).toBeVisible()
}

const specOf = (text: string): unknown => (parse(text) as { spec?: unknown } | null)?.spec

test('the canary of the tutorial is built from nothing, by form only', async ({ app }) => {
  const { page } = app
  await begin(page)
  await removeObject(page, 'VirtualService', 'virtualservices', 'myapp')
  await removeObject(page, 'DestinationRule', 'destinationrules', 'myapp')

  await beginObject(page, 'DestinationRule', 'Service', 'myapp')
  for (const version of ['v1', 'v2']) {
    await page.getByRole('button', { name: 'Add subset' }).click()
    await answerPopover(page, { Name: version, 'Labels of the pods': `version=${version}` }, 'Add subset')
    await expect(page.getByRole('group', { name: `Subset ${version}` })).toBeVisible()
  }

  await beginObject(page, 'VirtualService', 'Host that is called', 'myapp')
  await page
    .getByRole('group', { name: 'Destination myapp of rule 1' })
    .getByRole('button', { name: 'myapp', exact: true })
    .click()
  await answerPopover(page, { Subset: 'v1' }, 'Change destination')
  await page.locator('section.pair').first().getByRole('button', { name: 'destination', exact: true }).click()
  await answerPopover(page, { Host: 'myapp', Subset: 'v2' }, 'Add destination')
  const share = page.getByRole('spinbutton', { name: 'Weight of v1 in rule 1 in percent' })
  await share.fill('90')
  await share.press('Enter')
  await page.getByRole('button', { name: 'Add rule' }).click()
  await answerPopover(page, { Host: 'myapp', Subset: 'v2' }, 'Add rule')

  // A new rule comes before the one that takes everything; its match is to be said.
  await ruleCard(page, 1)
    .getByRole('button', { name: /^path begins with/ })
    .click()
  await answerPopover(
    page,
    { Match: 'headers', Name: 'user-type', Compare: 'exact', Value: 'beta' },
    'Change match',
  )
  await expect(ruleCard(page, 1)).toContainText('user-type')

  // What the tutorial's file says, field by field.
  await expect
    .poll(async () => specOf(await draftWith(app, 'kind: VirtualService')))
    .toEqual({
      hosts: ['myapp'],
      http: [
        {
          match: [{ headers: { 'user-type': { exact: 'beta' } } }],
          route: [{ destination: { host: 'myapp', subset: 'v2' } }],
        },
        {
          route: [
            { destination: { host: 'myapp', subset: 'v1' }, weight: 90 },
            { destination: { host: 'myapp', subset: 'v2' }, weight: 10 },
          ],
        },
      ],
    })
  expect(specOf(await draftWith(app, 'kind: DestinationRule'))).toEqual({
    host: 'myapp',
    subsets: ['v1', 'v2'].map(version => ({ name: version, labels: { version } })),
  })

  await page.getByRole('button', { name: /^Changes?|changes? to review/ }).click()
  await page.getByRole('button', { name: 'Review all drafts' }).click()
  await page.getByRole('button', { name: 'Apply 2 changes to playground' }).click()
  await expect(page.getByText('Applied 2 changes to playground').first()).toBeVisible()
})

const written = `# The canary of the shop. Ask Ada before you touch it.
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: myapp, namespace: default}   # short on purpose
spec:
    hosts: [ "myapp" ]
    http:
    # everyone else
    - route: [{destination: {host: myapp, subset: v1}, weight: 90}, {destination: {host: myapp, subset: v2}, weight: 10}]
    # beta users
    - match: [{headers: {user-type: {exact: beta}}}]   # set by the frontend
      route:
        -   destination: { host: myapp, subset: 'v2' }
`

test('one that was written by hand is edited by form and keeps its comments and its style', async ({
  app,
  home,
}) => {
  const { page } = app
  await begin(page)
  const path = join(home, 'canary.yaml')
  await writeFile(path, written)
  await openFile(app, path)
  await page.getByRole('button', { name: 'Open in Routing' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'myapp' })).toBeVisible()

  // By keyboard: the rule for beta users goes before the one that takes everything.
  await page.getByRole('button', { name: /^Rule 2: drag/ }).focus()
  await page.keyboard.press('Alt+ArrowUp')
  await expect(ruleCard(page, 1)).toContainText('user-type')

  await ruleCard(page, 1).getByRole('button', { name: 'Add a condition to match 1 of rule 1' }).click()
  await answerPopover(page, { Match: 'uri', Compare: 'prefix', Value: '/shop' }, 'Add match')
  await ruleCard(page, 2)
    .getByRole('button', { name: /^fault/ })
    .click()
  await answerPopover(page, { Delay: '2s', 'of requests (%)': '10' }, 'Set fault')
  await ruleCard(page, 2)
    .getByRole('button', { name: /retries/ })
    .click()
  await answerPopover(page, { Attempts: '3', 'Timeout of each attempt': '1s' }, 'Set retries')

  await expect.poll(() => draftWith(app, 'Ask Ada')).toContain('attempts: 3')
  const text = await draftWith(app, 'Ask Ada')
  const spec = specOf(text) as { http: Record<string, unknown>[] }
  expect(spec.http[0]).toMatchObject({
    match: [{ headers: { 'user-type': { exact: 'beta' } }, uri: { prefix: '/shop' } }],
  })
  expect(spec.http[1]).toMatchObject({
    fault: { delay: { percentage: { value: 10 }, fixedDelay: '2s' } },
    retries: { attempts: 3, perTryTimeout: '1s' },
  })
  // Nothing that was not touched is written otherwise.
  for (const kept of [
    '# The canary of the shop. Ask Ada before you touch it.\n',
    'metadata: {name: myapp, namespace: default}   # short on purpose\n',
    '    hosts: [ "myapp" ]\n',
    '# set by the frontend\n',
    'route: [{destination: {host: myapp, subset: v1}, weight: 90}, {destination: {host: myapp, subset: v2}, weight: 10}]\n',
    "-   destination: { host: myapp, subset: 'v2' }\n",
  ])
    expect(text).toContain(kept)
  expect(text.indexOf('# beta users')).toBeLessThan(text.indexOf('user-type'))
  expect(text.indexOf('user-type')).toBeLessThan(text.indexOf('# everyone else'))
})

test('a route test goes red and green with the draft, and the review names the requests that move', async ({
  app,
}) => {
  const { page } = app
  await begin(page)
  await openRule(page, 'myapp')
  const tester = page.getByRole('region', { name: 'Test request' })
  await tester.getByLabel('Address').fill('http://myapp/orders')
  await tester.getByRole('button', { name: 'Save as route test' }).click()

  const tests = page.getByRole('region', { name: 'Route tests' })
  await expect(tests).toContainText('1 passed')
  const tree = tests.getByRole('tree', { name: 'Route tests' })
  await expect(tree.getByRole('treeitem', { name: /passed: GET \/orders to myapp/ })).toBeVisible()

  const share = page.getByRole('spinbutton', { name: 'Weight of v1 in rule 2 in percent' })
  await share.fill('50')
  await share.press('Enter')
  await expect(tests).toContainText('1 failed')
  await expect(tree.getByRole('treeitem', { name: /failed: GET \/orders to myapp/ })).toBeVisible()
  await expect(tree).toContainText(/destinations?.*90/)
  await share.fill('90')
  await share.press('Enter')
  await expect(tests).toContainText('1 passed')
  await share.fill('50')
  await share.press('Enter')
  await expect(tests).toContainText('1 failed')

  await page.getByRole('button', { name: 'Review change' }).click()
  await page.getByRole('tab', { name: /^What changes/ }).click()
  const moved = page.getByRole('table', { name: 'Requests that are rerouted or fail' })
  const row = moved.getByRole('row', { name: /frontend.*myapp/ }).first()
  await expect(row).toContainText('myapp v1 90 % · myapp v2 10 %', { timeout: 180_000 })
  await expect(row).toContainText('myapp v1 50 % · myapp v2 50 %')
  await expect(row).toContainText(/GET \//)
  await expect(row).toContainText(/\d req\/s/)

  // The tests are a text like any other.
  await openView(page, 'Editor')
  await expect(page.getByRole('button', { name: /playground\.routes\.yaml/ }).first()).toBeVisible()
})

test('a stepped canary is started, watched and taken back', async ({ app }) => {
  const { page } = app
  await begin(page)
  await openRule(page, 'myapp')
  await runCommand(page, 'Start a stepped canary')
  const dialog = page.getByRole('dialog', { name: 'Stepped canary' })
  await dialog.getByLabel('Steps (%)').fill('30, 100')
  await dialog.getByLabel('Take over fields owned by other managers').check()
  await dialog.getByRole('button', { name: 'Apply the first step to playground' }).click()
  const canary = page.getByRole('region', { name: 'Stepped canary' })
  await expect(canary).toContainText('running')
  await expect(canary.getByRole('row', { name: /^30 %/ })).toContainText(/errors · p95 \d+ ms/, {
    timeout: 180_000,
  })
  // The backend runs it, so a window that comes later shows it.
  await page.reload()
  await begin(page)
  await openRule(page, 'myapp')
  await canary.getByRole('button', { name: 'Continue with 100 %' }).click()
  await expect(canary.getByRole('row', { name: /^100 %/ })).toContainText('watching')
  await canary.getByRole('button', { name: 'Go back' }).click()
  await expect(canary).toContainText('gone back')
  await expect(page.getByRole('spinbutton', { name: 'Weight of v1 in rule 2 in percent' })).toHaveValue('90')
})

test('a wizard changes the rules that are there and ends in the review', async ({ app }) => {
  const { page } = app
  await begin(page)
  await openView(page, 'Routing')
  await page.getByRole('button', { name: 'New…' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('list', { name: 'Wizards' })
    .getByRole('button', { name: /^Canary by weight/ })
    .click()
  await dialog.getByLabel('Service', { exact: true }).selectOption('default/myapp')
  await dialog.getByLabel('Share of the new version (%)').fill('40')
  await expect(dialog.getByRole('status')).toContainText('Changes VirtualService myapp')
  await dialog.getByRole('button', { name: 'Review change' }).click()
  await expect(page.getByRole('heading', { name: 'Canary by weight' })).toBeVisible()
  await page.getByRole('button', { name: 'Apply 1 change to playground' }).click()
  await expect(page.getByText('Applied 1 change to playground').first()).toBeVisible()
  await openRule(page, 'myapp')
  await expect(page.getByRole('spinbutton', { name: 'Weight of v2 in rule 2 in percent' })).toHaveValue('40')
})
