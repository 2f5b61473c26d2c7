import { expect, type Page } from '@playwright/test'
import { pasteNewText, reviewText } from './pages/editor.ts'
import { expectConnection, expectWindow, openView } from './pages/frame.ts'
import { test } from './shell.ts'

const SECOND_VIRTUAL_SERVICE = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: bad
spec:
  hosts: [myapp]
  http:
  - route:
    - destination:
        host: nowhere
        subset: v7
`
const STRICT_SHOP = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: shop
spec:
  mtls:
    mode: STRICT
`
const DENY_ALL = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: closed
  namespace: shop
spec:
  selector:
    matchLabels:
      app: catalog
  rules:
  - from:
    - source:
        principals: [cluster.local/ns/shop/sa/nobody]
`

async function begin(page: Page): Promise<void> {
  await expectWindow(page)
  await expectConnection(page, /live/i)
}

/** The rate that the list of Traffic has for an edge, once it is measured over enough requests. */
async function rateInTraffic(page: Page, edge: RegExp): Promise<number> {
  await openView(page, 'Traffic')
  const row = page.getByRole('grid', { name: 'Traffic between services' }).getByRole('row', { name: edge })
  await expect(row).toBeVisible({ timeout: 180_000 })
  return Number(await row.getByRole('gridcell').nth(2).textContent())
}

const rateIn = async (page: Page, words: RegExp): Promise<number> => {
  const text = (await page.getByRole('region', { name: 'Review', exact: true }).textContent()) ?? ''
  return Number(words.exec(text)?.[1] ?? NaN)
}

test('a second VirtualService of a host reroutes nothing: the older one keeps the host', async ({ app }) => {
  const { page } = app
  await begin(page)
  await pasteNewText(page, SECOND_VIRTUAL_SERVICE)
  await reviewText(page)
  const review = page.getByRole('region', { name: 'Review', exact: true })
  await expect(review).toContainText('No observed request is rerouted', { timeout: 180_000 })
  await page.getByRole('tab', { name: /^What changes/ }).click()
  await expect(page.getByRole('region', { name: 'What changes' })).toContainText(/\d req\/s observed/)
  await expect(page.getByRole('table', { name: 'Requests that are rerouted or fail' })).toBeHidden()
  await expect(page.getByRole('button', { name: /^Apply 1 change to playground$/ })).toBeVisible()
})

test('STRICT cuts off the callers without a proxy: the review opens on them, with the rate that Traffic shows', async ({
  app,
}) => {
  const { page } = app
  await begin(page)
  await pasteNewText(page, STRICT_SHOP)
  await reviewText(page)
  const review = page.getByRole('region', { name: 'Review', exact: true })
  const worst = review.getByRole('alert')
  await expect(worst).toContainText(/req\/s from shop\/stock-import \(no proxy\) will get 503/, {
    timeout: 180_000,
  })
  await expect(worst).toContainText('PeerAuthentication shop/default')
  await expect(
    page.getByRole('button', { name: /^Apply 1 change to playground · .* will fail$/ }),
  ).toBeVisible()

  // The figures of both are over the same requests, so they agree whenever both have counted for half a minute.
  await expect(async () => {
    const shown = await rateInTraffic(page, /unknown.*catalog/)
    await page.getByRole('button', { name: /changes? to review/ }).click()
    await expect(worst).toContainText('req/s')
    const forecast = await rateIn(page, /([\d.]+) req\/s from shop\/stock-import/)
    expect(Math.abs(forecast - shown)).toBeLessThanOrEqual(0.2 * shown)
  }).toPass({ timeout: 180_000 })
})

test('a policy that admits nobody is the first thing that the review says, and then Traffic', async ({
  app,
}) => {
  const { page } = app
  await begin(page)
  await pasteNewText(page, DENY_ALL)
  await reviewText(page)
  const worst = page.getByRole('region', { name: 'Review', exact: true }).getByRole('alert')
  await expect(worst).toContainText(/req\/s from shop\/web will get 403/, { timeout: 180_000 })
  await expect(worst).toContainText('AuthorizationPolicy shop/closed')
})
