import { asColleague } from './pages/colleague.ts'
import { expectConnection, expectWindow, openView, runCommand } from './pages/frame.ts'
import { expect, test } from './shell.ts'

const PATH = '/apis/networking.istio.io/v1/namespaces/default/serviceentries'

test('a revert that a colleague came before is refused, planned again, and nothing is lost', async ({
  app,
}) => {
  const { page } = app
  await expectWindow(page)
  await expectConnection(page, /live/)
  await openView(page, 'Editor')
  await runCommand(page, 'Insert ServiceEntry')
  await expect(page.locator('.view-lines')).toContainText('ServiceEntry', { timeout: 60_000 })
  await page.getByRole('button', { name: 'Review change' }).click()
  await page.getByRole('button', { name: 'Apply 1 change to playground' }).click()
  const entry = page.getByRole('region', { name: 'Change', exact: true })
  await expect(entry).toContainText('Applied 1 change to playground')

  // The creation is named by its object, not by the number of its text.
  const heading = entry.getByRole('heading', { name: /^ServiceEntry / })
  await expect(heading).toBeVisible()
  const name = ((await heading.textContent()) ?? '').trim().split(' ')[1] ?? ''
  const path = `${PATH}/${name}`
  expect((await asColleague(app, { path })).status).toBe(200)

  await entry.getByRole('button', { name: 'Revert…' }).click()
  const review = page.getByRole('region', { name: 'Review', exact: true })
  const revert = review.getByRole('button', { name: 'Revert 1 change in playground' })
  await expect(revert).not.toHaveAttribute('aria-disabled', 'true')

  await asColleague(app, { path, patch: { metadata: { labels: { colleague: 'was-here' } } } })
  // The review follows the live object, and says so.
  await expect(review.getByRole('status').filter({ hasText: name })).toBeVisible()
  await expect(review.locator('.monaco-diff-editor')).toContainText('was-here')
  await expect(revert).not.toHaveAttribute('aria-disabled', 'true')
  await revert.click()
  await expect(review.getByRole('alert')).toContainText(name)
  expect(await asColleague(app, { path })).toMatchObject({
    status: 200,
    object: { metadata: { labels: { colleague: 'was-here' } } },
  })

  // The user has seen it now.
  await revert.click()
  await expect.poll(async () => (await asColleague(app, { path })).status).toBe(404)
  await expect(page.getByRole('region', { name: 'Change', exact: true })).toContainText('Reverted 1 change')
})
