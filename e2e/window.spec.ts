import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pasteNewText } from './pages/editor.ts'
import { expectConnection, expectWindow, openView, useTheme } from './pages/frame.ts'
import { findOverflows, findUnreachable } from './pages/reach.ts'
import { openRule } from './pages/routing.ts'
import { tour } from './pages/tour.ts'
import { expect, startApp, test } from './shell.ts'

const DRAFT = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: not-applied, namespace: shop}
spec:
  hosts: [catalog]
  http:
  - route:
    - destination: {host: catalog}
`

const SMALL = { width: 1024, height: 700 }

/** Long names where names can be: 60 characters and more. */
const LONG = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: checkout-payments-orchestration-service-canary-rollout-2026-q4, namespace: shop}
spec:
  hosts: [recommendation-engine-personalised-offers-backend-internal.shop.svc.cluster.local]
  http:
  - name: customers-of-the-loyalty-programme-in-the-european-economic-area
    match:
    - headers:
        x-very-long-header-name-for-customer-segmentation-purposes: {exact: a-very-long-value-that-identifies-a-customer-segment}
    route:
    - destination: {host: recommendation-engine-personalised-offers-backend-internal, subset: version-two-with-a-very-long-subset-name}
      weight: 33
    - destination: {host: catalog, subset: v1}
      weight: 67
`

async function writeDraft(home: string, id: string, text: string): Promise<void> {
  const folder = join(home, 'data', 'drafts')
  await mkdir(folder, { recursive: true })
  const name = `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.json`
  const origin = { kind: 'pasted', title: 'Untitled-1' }
  await writeFile(join(folder, name), JSON.stringify({ id, origin, base: '', text, changedAt: 1 }))
}

for (const { name, open } of tour) {
  test(`${name} works at 1024×700 with the bottom panel open`, async ({ app: { page } }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.setViewportSize(SMALL)
    await expectWindow(page)
    await expectConnection(page, /live/i)
    await open(page)
    await page
      .getByRole('region', { name: 'Panel' })
      .getByRole('button', { name: /^Problems/ })
      .click()
    const panel = await page.getByRole('region', { name: 'Panel' }).boundingBox()
    expect(panel?.height).toBeLessThanOrEqual(SMALL.height / 3 + 1)
    await expect.poll(() => findUnreachable(page)).toEqual([])
  })
}

test('long names stay inside their boxes, and are whole in a tooltip', async ({ shell, chromium, home }) => {
  await writeDraft(home, 'long', LONG)
  const app = await startApp({ shell, browser: chromium, home })
  try {
    const { page } = app
    await page.setViewportSize(SMALL)
    await expectWindow(page)
    await expectConnection(page, /live/i)
    await page.getByRole('button', { name: '1 change to review' }).click()
    await page.getByRole('link', { name: /checkout-payments/ }).click()
    await page.getByRole('button', { name: 'Open in Routing' }).click()
    await expect(page.getByRole('heading', { level: 1, name: /checkout-payments/ })).toBeVisible()
    await expect(page.getByRole('group', { name: 'From' }).getByText(/There is no Service/)).toBeVisible()
    for (const theme of ['dark', 'light'] as const) {
      await useTheme(page, theme)
      for (const size of [{ width: 1440, height: 900 }, SMALL]) {
        await page.setViewportSize(size)
        await expect.poll(() => findOverflows(page)).toEqual([])
      }
    }
    const chip = page.getByRole('group', { name: /^Rule 1: / }).getByText('x-very-long-header-name')
    await chip.first().hover()
    await expect(chip.first()).toHaveAttribute('title', /segmentation-purposes$/)
  } finally {
    await app.stop()
  }
})

test('the namespaces are part of the address, found by typing, and back and forward change them', async ({
  app: { page },
}) => {
  await expectWindow(page)
  await expectConnection(page, /live/i)
  await openView(page, 'Routing')
  await expect.poll(() => page.url()).toContain('namespaces=*')
  await page.getByRole('button', { name: /^Namespaces:/ }).click()
  await page.getByRole('textbox', { name: 'Find a namespace' }).fill('sho')
  await page.getByRole('option', { name: 'shop', exact: true }).click()
  await page.keyboard.press('Escape')
  await expect.poll(() => page.url()).toContain('namespaces=shop')
  const names = page.getByRole('main').getByRole('link', { name: /^(myapp|catalog)\b/ })
  await expect(names.filter({ hasText: 'myapp' })).toHaveCount(0)
  await expect(names.filter({ hasText: 'catalog' }).first()).toBeVisible()
  // Another view keeps them.
  await openView(page, 'Traffic')
  await expect.poll(() => page.url()).toContain('namespaces=shop')
  await page.evaluate(() => history.go(-2))
  await expect.poll(() => page.url()).toContain('namespaces=*')
  await expect(names.filter({ hasText: 'myapp' }).first()).toBeVisible()
  await page.evaluate(() => history.go(1))
  await expect(names.filter({ hasText: 'myapp' })).toHaveCount(0)
})

test('a filter that hides everything says so and takes itself away', async ({ app: { page } }) => {
  await expectWindow(page)
  await expectConnection(page, /live/i)
  const clear = page.getByRole('main').getByRole('button', { name: 'Clear the filter' })

  await openView(page, 'Routing')
  await page.getByRole('searchbox', { name: 'Find a route' }).fill('no-such-route')
  await clear.click()
  await expect(page.getByRole('region', { name: 'VirtualServices' })).toBeVisible()

  await openView(page, 'Resources')
  await page.getByRole('searchbox', { name: 'Filter' }).fill('no-such-pod')
  await clear.click()
  await expect(page.getByRole('grid').getByRole('row').nth(1)).toBeVisible()
  await page.getByRole('searchbox', { name: 'Find a kind' }).fill('no-such-kind')
  await clear.click()
  await expect(page.getByRole('navigation', { name: 'Kinds' })).toBeVisible()

  await openView(page, 'Traffic')
  const list = page.getByRole('grid', { name: 'Traffic between services' })
  await expect(list).toBeVisible()
  await page.getByRole('searchbox', { name: 'Find a service' }).fill('no-such-service')
  await clear.click()
  await expect(list).toBeVisible()

  // Two filters of which each alone leaves something.
  await page.getByRole('button', { name: /^Namespaces:/ }).click()
  await page.getByRole('option', { name: 'shop', exact: true }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('searchbox', { name: 'Find a service' }).fill('myapp')
  await expect(list).toBeHidden()
  await clear.click()
  await expect(list.getByRole('row', { name: /web.*catalog/ })).toBeVisible()
})

test('a draft that is not applied yet is a row of Routing, and leads to its form', async ({
  app: { page },
}) => {
  await expectWindow(page)
  await expectConnection(page, /live/i)
  await pasteNewText(page, DRAFT)
  await openView(page, 'Routing')
  const row = page
    .getByRole('region', { name: 'VirtualServices' })
    .getByRole('link', { name: /^not-applied\b/ })
  await expect(row).toContainText('draft')
  await row.click()
  await expect(page.getByRole('heading', { level: 1, name: 'not-applied' })).toBeVisible()
})

test('services differ in colour, the same in the graph and on the cards', async ({ app: { page } }) => {
  await expectWindow(page)
  await expectConnection(page, /live/i)
  await openView(page, 'Traffic')
  const nodes = page.locator('.node')
  await expect(nodes.first()).toBeVisible()
  await expect.poll(() => nodes.count()).toBeGreaterThan(4)
  const colours = await nodes.evaluateAll(all =>
    all.map(node => [
      node.querySelector('.name')?.textContent ?? '',
      node.querySelectorAll('rect')[1]?.getAttribute('fill') ?? '',
    ]),
  )
  const first = colours.slice(0, 10).map(([, colour]) => colour)
  expect(new Set(first).size).toBe(first.length)
  const myapp = colours.find(([name]) => name === 'myapp')?.[1] ?? ''
  await openRule(page, 'myapp')
  const swatch = (version: string) =>
    page.getByRole('group', { name: `Destination ${version} of rule 2` }).locator('.swatch')
  await expect(swatch('v1')).toHaveAttribute('style', new RegExp(`${myapp.replace(/[()]/g, '\\$&')};?$`))
  await expect(swatch('v2')).toHaveAttribute('style', /repeating-linear-gradient/)
})

test('rows of Home are links, and a rule shows its grip', async ({ app: { page } }) => {
  await expectWindow(page)
  await expectConnection(page, /live/i)
  const next = page.getByRole('region', { name: 'What to do next' })
  await expect(next.getByRole('link').first()).toHaveAttribute('href', /#\/traffic/)
  await next.getByRole('link', { name: /Shift/ }).press('Enter')
  await expect(page.getByRole('group', { name: /^Rule 1: / })).toBeVisible()
  await expect(page.getByRole('group', { name: /^Rule 1: / }).locator('.grip')).toBeVisible()
})

test('a trace that is gone is told in words, with a way on', async ({ app: { page } }) => {
  await expectWindow(page)
  await expectConnection(page, /live/i)
  await openView(page, 'Traces')
  await expect(page.getByRole('listbox', { name: 'Traces' })).toBeVisible({ timeout: 60_000 })
  await page.evaluate(() => {
    location.hash = '#/traces/0123456789abcdef0123456789abcdef'
  })
  const main = page.getByRole('main')
  await expect(main.getByText(/01234567…/)).toBeVisible()
  await expect(main).not.toContainText('{')
  await expect(main).not.toContainText('404')
  await main.getByRole('button', { name: 'Show the newest traces' }).click()
  await expect(page.getByRole('listbox', { name: 'Traces' })).toBeVisible()
  await expect(main.getByText(/01234567…/)).toHaveCount(0)
})
