import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from '@playwright/test'
import { expectConnection, expectWindow, runCommand, useTheme } from './pages/frame.ts'
import { expect, test } from './shell.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

async function expectNoFaults(page: Page): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(await readFile(AXE, 'utf8'))
  const { violations } = await page.evaluate(async () => {
    const transitions = document.getAnimations().filter(animation => animation instanceof CSSTransition)
    await Promise.allSettled(transitions.map(({ finished }) => finished))
    return await (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run()
  })
  const faults = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(faults.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html}`))).toEqual([])
}

test('one click on the playground: every step done, the app answers, and Traffic opens with live rates', async ({
  app: { page },
}) => {
  await expectWindow(page)
  await expectConnection(page, 'live')
  await page.getByRole('button', { name: 'Set up a local mesh' }).click()
  await expect(page.getByRole('heading', { name: 'What will happen' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Create the cluster mesh with Istio' })).toBeVisible()
  for (const theme of ['light', 'dark'] as const) {
    await useTheme(page, theme)
    await expectNoFaults(page)
  }

  await page.getByRole('radio', { name: 'Playground' }).click()
  await page.getByRole('button', { name: 'Set up the playground with Istio' }).click()
  await expect(page.getByRole('heading', { name: 'Local mesh playground with Istio is ready' })).toBeVisible()
  const steps = page.getByRole('list', { name: 'Steps of Local mesh playground with Istio' })
  await expect(steps.getByRole('listitem').filter({ hasText: 'Done' })).toHaveCount(14)
  await expectNoFaults(page)

  const address = await page.getByRole('button', { name: /^Open The app: / }).textContent()
  const answer = await fetch(address ?? '')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('server')).toBe('istio-envoy')

  // What is made outlives the view, and the window.
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Local mesh playground with Istio is ready' })).toBeVisible()
  await page.getByRole('button', { name: 'Open Traffic' }).click()
  const row = page
    .getByRole('grid', { name: 'Traffic between services' })
    .getByRole('row')
    .filter({ hasText: 'myapp' })
  await expect(row).toContainText(/\d/, { timeout: 180_000 })
})

test('a mesh that does not fit the cluster is rejected with its reason, and the next setup can begin', async ({
  app: { page },
}) => {
  await expectWindow(page)
  await expectConnection(page, 'live')
  await runCommand(page, 'Set up a local mesh')
  await page.getByRole('radio', { name: 'Playground' }).click()
  await page.getByRole('radio', { name: 'Linkerd' }).click()
  await page.getByRole('button', { name: 'Set up the playground with Linkerd' }).click()
  await expect(
    page.getByRole('alert').filter({ hasText: 'The cluster already has Istio' }).first(),
  ).toContainText('Choose another cluster, or uninstall the other mesh first.')
  await page.getByRole('button', { name: 'Set up another' }).click()
  await page.getByRole('radio', { name: 'New with kind' }).click()
  const name = page.getByRole('textbox', { name: 'Cluster name' })
  await name.fill('-bad')
  await expect(
    page.getByRole('alert').filter({ hasText: '"-bad" cannot be the name of a cluster' }),
  ).toBeVisible()
})
