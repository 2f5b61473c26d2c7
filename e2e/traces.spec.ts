import { asColleague } from './pages/colleague.ts'
import { expectConnection, expectWindow } from './pages/frame.ts'
import { tour } from './pages/tour.ts'
import { expect, test } from './shell.ts'

const PATH = '/apis/networking.istio.io/v1/namespaces/default/virtualservices/myapp'

test('a rule that kubectl changed after the request is said to have changed, and shown as it was', async ({
  app,
}) => {
  const { page } = app
  await expectWindow(page)
  await expectConnection(page, /live/)
  await tour.find(({ name }) => name === 'traces')?.open(page)
  const routed = page.getByRole('region', { name: /^Trace / }).locator('.routed')
  await expect(routed).toContainText(/VirtualService myapp · rule \d.*\d+ % to subset v\d/)
  await expect(routed).not.toContainText('has changed')
  const [decision = ''] = /VirtualService myapp · rule \d+\s+\d+ % to subset v\d/.exec(
    (await routed.textContent()) ?? '',
  ) ?? ['']

  const http = [{ route: [{ destination: { host: 'myapp', subset: 'v2' } }] }]
  expect((await asColleague(app, { path: PATH, patch: { spec: { http } } })).status).toBe(200)
  await expect(routed).toContainText('has changed since')
  await expect(routed).toContainText(decision)
})
