import { expect } from '@playwright/test'
import { asColleague, callPlayground } from './pages/colleague.ts'
import { pasteNewText, reviewText } from './pages/editor.ts'
import { expectConnection, expectWindow, openView } from './pages/frame.ts'
import { openRule } from './pages/routing.ts'
import { test } from './shell.ts'

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

test('the canary’s 90/10 card shows the rule’s own rates', async ({ app }) => {
  const { page } = app
  await expectWindow(page)
  await expectConnection(page, /live/i)
  await openRule(page, 'myapp')
  const card = page.getByRole('group', { name: 'Destination v1 of rule 2' })
  // Of all requests to the service, beta users included, v1 has about 84 %.
  await expect(async () => {
    const share = Number(/now (\d+) %/.exec((await card.textContent()) ?? '')?.[1] ?? NaN)
    expect(share).toBeGreaterThanOrEqual(87)
    expect(share).toBeLessThanOrEqual(94)
  }).toPass({ timeout: 90_000 })
  await expect(page.getByRole('group', { name: 'Destination v2 of rule 1' })).toContainText(
    /now 100 % · [\d.]+ req\/s/,
  )
})

test('an edge that is refused is red and names the policy', async ({ app }) => {
  const { page } = app
  await expectWindow(page)
  await expectConnection(page, /live/i)
  await pasteNewText(page, DENY_ALL)
  await reviewText(page)
  await page.getByRole('button', { name: /^Apply 1 change to playground/ }).click()
  await expect(page.getByText('Applied 1 change to playground').first()).toBeVisible()

  await page.getByRole('link', { name: 'Watch in Traffic' }).first().click()
  await expect(page).toHaveTitle(/^Traffic/)
  const row = page
    .getByRole('grid', { name: 'Traffic between services' })
    .getByRole('row', { name: /web.*catalog/ })
  await expect(row).toContainText(/100 %/, { timeout: 60_000 })
  await row.click()
  await expect(page.getByText('AuthorizationPolicy shop/closed')).toBeVisible()
  await expect(page.locator('.edge.bad').first()).toBeVisible()
})

test('an edge whose connections are reset is red, and so is one that is cut off', async ({ app }) => {
  const { page } = app
  await expectWindow(page)
  await expectConnection(page, /live/i)
  await openView(page, 'Traffic')
  const list = page.getByRole('grid', { name: 'Traffic between services' })
  await expect(list.getByRole('row', { name: /web.*catalog/ })).toBeVisible({ timeout: 180_000 })
  await expect(list.getByRole('row', { name: /unknown.*catalog/ })).toBeVisible({ timeout: 180_000 })

  // Plain text where mutual TLS is required: the callee's proxy resets every connection.
  const strict = await callPlayground(app, {
    path: '/apis/security.istio.io/v1/namespaces/shop/peerauthentications',
    method: 'POST',
    body: JSON.stringify({
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { name: 'default', namespace: 'shop' },
      spec: { mtls: { mode: 'STRICT' } },
    }),
  })
  expect(strict.status).toBe(201)
  const rule = await asColleague(app, {
    path: '/apis/networking.istio.io/v1/namespaces/shop/destinationrules/catalog',
    patch: { spec: { trafficPolicy: { tls: { mode: 'DISABLE' } } } },
  })
  expect(rule.status).toBe(200)
  const reset = list.getByRole('row', { name: /web.*catalog/ })
  await expect(reset.getByRole('gridcell').nth(3)).toHaveText(/^100 %$/, { timeout: 180_000 })
  // web → catalog and, cut off, the caller without a proxy.
  await expect.poll(() => page.locator('.edge.bad').count(), { timeout: 180_000 }).toBeGreaterThanOrEqual(2)
  await reset.click()
  // A selected edge keeps the colour of its state.
  await expect(page.locator('.edge.bad.selected')).toHaveCount(1)
})

test('the totals of the status bar, Home and Traffic are one figure', async ({ app: { page } }) => {
  await expectWindow(page)
  await expectConnection(page, /live/i)
  const readBoth = (): Promise<readonly string[]> =>
    page.evaluate(() =>
      ['footer', 'main'].map(
        name => /(\d+|–) req\/s/.exec(document.querySelector(name)?.textContent ?? '')?.[0] ?? '',
      ),
    )
  for (const view of ['Home', 'Traffic'] as const) {
    await openView(page, view)
    // The figures of both are drawn in one go, so that one look at the page sees the same report.
    await expect
      .poll(async () => {
        const [status = '', own] = await readBoth()
        return status !== '– req/s' && status === own
      })
      .toBe(true)
  }
})
