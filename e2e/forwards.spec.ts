import { expectConnection, expectWindow, runCommand } from './pages/frame.ts'
import { expect, test } from './shell.ts'

test('a port is forwarded, answers, and is stopped and removed', async ({ app: { page }, request }) => {
  await expectWindow(page)
  await expectConnection(page, /^live$/)
  await runCommand(page, 'Forward a port')
  const form = page.getByRole('form', { name: 'Forward a port' })
  await expect(form.getByRole('button', { name: 'Jaeger' }), 'the mesh’s own console').toBeVisible()
  await form.getByLabel('Forward to').selectOption('Service/istio-system/tracing')
  await form.getByRole('button', { name: 'Forward', exact: true }).click()

  const row = page.getByRole('list', { name: 'Forwards' }).getByRole('listitem')
  await expect(row).toContainText('ready')
  const address = (await row.textContent())?.match(/127\.0\.0\.1:\d+/)?.[0] ?? ''
  expect((await request.get(`http://${address}/api/services`)).status()).toBe(200)
  await expect(row).toContainText(/[1-9][\d.]* (B|KiB) in/)

  await row.getByRole('button', { name: 'Stop' }).click()
  await expect(row).toContainText('stopped')
  await row.getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('No forwards')).toBeVisible()
})
