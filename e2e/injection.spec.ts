import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { expectWindow, runCommand, useTheme } from './pages/frame.ts'
import { expect, test } from './shell.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

test('the injection of the playground is shown, explained, changed and followed', async ({ app }, info) => {
  const { page } = app
  await expectWindow(page)
  await runCommand(page, 'Setup')
  await page.getByRole('tab', { name: 'Injection' }).click()
  const namespaces = page.getByRole('grid', { name: 'Namespaces and their injection' })
  await expect(namespaces.getByRole('row', { name: /^default Sidecars of revision default/ })).toBeVisible({
    timeout: 180_000,
  })
  await expect(namespaces.getByRole('row', { name: /^istio-system Not set/ })).toBeVisible()

  // By keyboard: the grid keeps the focus, its mark moves.
  await namespaces.focus()
  await page.keyboard.press('End')
  await expect(page.getByRole('region', { name: 'Namespace shop' })).toBeVisible()
  const workloads = page.getByRole('grid', { name: 'Workloads and their injection' })
  await expect(workloads.getByRole('row').nth(1)).toContainText('In the mesh')
  await expect(page.getByRole('list', { name: 'Why its pods are in the mesh or not' })).toContainText(
    "It has Istio's sidecar",
  )

  for (const theme of ['dark', 'light'] as const)
    for (const size of [
      { width: 1440, height: 900 },
      { width: 1024, height: 700 },
    ]) {
      await page.setViewportSize(size)
      await useTheme(page, theme)
      await page.screenshot({ path: info.outputPath(`injection-${theme}-${size.width}.png`) })
    }
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.evaluate(await readFile(AXE, 'utf8'))
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } }
    return (await axe.run()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
    )
  })
  expect(violations).toEqual([])

  await page.getByRole('button', { name: 'Change injection…' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Injection of the namespace shop' })
  await dialog
    .getByRole('combobox', { name: 'Injection for its pods' })
    .selectOption({ label: 'Explicitly not in the mesh' })
  await expect(dialog.getByRole('list', { name: 'What will change' })).toContainText('a restart removes it')
  await page.screenshot({ path: info.outputPath('injection-dialog.png') })
  await dialog.getByRole('button', { name: 'Review change' }).click()
  await expect(page.getByRole('list', { name: 'What it means' })).toContainText(
    'This change restarts nothing',
  )
  await page.screenshot({ path: info.outputPath('injection-review.png') })
  await page.getByRole('button', { name: /^Apply 1 change to playground/ }).click()
  await expect(page.getByRole('main')).toContainText('Change injection of the namespace shop')

  await runCommand(page, 'Setup')
  await page.getByRole('tab', { name: 'Injection' }).click()
  const shop = namespaces.getByRole('row', { name: /^shop Opted out/ })
  await shop.click()
  const first = workloads.getByRole('row').nth(1)
  await expect(first).toContainText('Loses its proxy at a restart')
  const name = (await first.getByRole('gridcell').first().textContent())?.trim() ?? ''
  await page.getByRole('button', { name: 'Restart…' }).first().click()
  const question = page.getByRole('dialog', { name: /^Restart Deployment shop\/.* in playground\?/ })
  await question.getByRole('button', { name: /^Restart Deployment/ }).click()
  await expect(workloads.getByRole('row', { name: new RegExp(`^${name} .*Not in the mesh`) })).toBeVisible({
    timeout: 180_000,
  })
  await expect(page.getByRole('list', { name: 'Why its pods are in the mesh or not' })).toContainText(
    'Its namespace opts out: istio-injection=disabled',
  )
  await page.screenshot({ path: info.outputPath('injection-out.png') })
})
