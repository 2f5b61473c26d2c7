import { expect } from '@playwright/test'
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

  await openView(page, 'Traffic')
  const row = page
    .getByRole('grid', { name: 'Traffic between services' })
    .getByRole('row', { name: /web.*catalog/ })
  await expect(row).toContainText(/100 %/, { timeout: 60_000 })
  await row.click()
  await expect(page.getByText('AuthorizationPolicy shop/closed')).toBeVisible()
  await expect(page.locator('.edge.bad').first()).toBeVisible()
})
