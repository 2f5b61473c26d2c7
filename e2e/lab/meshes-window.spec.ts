import { join } from 'node:path'
import { chooseContext, expectConnection, expectWindow } from '../pages/frame.ts'
import { expect, startApp, test as base, type App } from '../shell.ts'
import { labFolder, labTools, startLab, type Lab } from './lab.ts'

const NAME = 'meshes-window'
const GATEWAY_API = join(labFolder(), 'data/gateway-api-1.5.1-standard.yaml')

const test = base.extend<{ app: App }, { lab: Lab }>({
  lab: [
    async ({}, use) => {
      const lab = await startLab(NAME, { withoutIstiod: true })
      await use(lab)
      await lab.stop()
    },
    { scope: 'worker', timeout: 600_000 },
  ],
  app: async ({ shell, chromium: browser, home, lab }, use) => {
    const path = [labFolder(), await labTools(), process.env['PATH'] ?? ''].join(':')
    const app = await startApp({
      shell,
      browser,
      home,
      env: { KUBECONFIG: lab.kubeconfig, PATH: path },
      folders: [join(labFolder(), 'data')],
    })
    await use(app)
    await app.stop()
  },
})

test('Linkerd and add-ons are installed, checked and uninstalled in the window, each change seen before', async ({
  app: { page },
}) => {
  await expectWindow(page)
  await chooseContext(page, NAME)
  await expectConnection(page, /^live$/)
  await page
    .getByRole('link', { name: 'Setup' })
    .or(page.getByRole('button', { name: 'Setup' }))
    .first()
    .click()
  await page.getByRole('tab', { name: 'Meshes' }).click()

  const linkerd = page.getByRole('region', { name: 'Linkerd', exact: true })
  await linkerd.getByRole('button', { name: 'Run pre-checks' }).click()
  await expect(linkerd.getByText('Gateway API CRDs are installed')).toBeVisible()

  await linkerd.getByRole('radio', { name: 'My own' }).click()
  await linkerd.getByRole('textbox', { name: 'Trust anchor (certificate)' }).fill('nonsense')
  await linkerd.getByRole('button', { name: 'Preview the installation' }).click()
  await expect(linkerd.getByText(/The trust anchor is not a certificate in PEM/)).toBeVisible()
  await linkerd.getByRole('radio', { name: 'Made here' }).click()
  await linkerd.getByRole('checkbox', { name: /anchor’s key/ }).check()
  await linkerd.getByRole('textbox', { name: /CRDs of the Gateway API/ }).fill(GATEWAY_API)
  await linkerd.getByRole('button', { name: 'Preview the installation' }).click()
  const dialog = page.getByRole('dialog')
  const install = dialog.getByRole('button', { name: `Install Linkerd in ${NAME}` })
  await expect(dialog.getByText(/\d+ created/)).toBeVisible({ timeout: 180_000 })
  await expect(install).toHaveAttribute('aria-disabled', 'true')
  await dialog.getByRole('checkbox', { name: /I have saved it/ }).check()
  await install.click()
  await expect(linkerd.getByRole('button', { name: 'Uninstall…' })).toBeVisible({ timeout: 180_000 })
  await expect(linkerd.getByRole('button', { name: 'Uninstall…' })).not.toHaveAttribute(
    'aria-disabled',
    'true',
    { timeout: 180_000 },
  )
  await linkerd.getByRole('button', { name: 'Check', exact: true }).click()
  await expect(linkerd.getByText(/passed\./)).toBeVisible({ timeout: 180_000 })
  await expect(linkerd.getByText('Trust anchor', { exact: true })).toBeVisible()

  const addOns = page.getByRole('region', { name: 'Add-ons', exact: true })
  await addOns.getByRole('button', { name: /^Install (?:what is|the)/ }).click()
  await expect(dialog.getByText(/\d+ created/)).toBeVisible({ timeout: 180_000 })
  await dialog.getByRole('button', { name: /^Install .* in meshes-window$/ }).click()
  await expect(addOns.getByText('Runs')).toHaveCount(3, { timeout: 180_000 })
  await addOns.scrollIntoViewIfNeeded()

  await linkerd.getByRole('button', { name: 'Uninstall…' }).click()
  await expect(dialog.getByText('Stays in the cluster')).toBeVisible({ timeout: 180_000 })
  await dialog.getByRole('button', { name: `Uninstall Linkerd from ${NAME}` }).click()
  await expect(linkerd.getByText('Not installed')).toBeVisible({ timeout: 180_000 })
})

test('Istio is installed by form and YAML, an old setting is taken over, and it is uninstalled with its CRDs', async ({
  app: { page },
  lab,
}) => {
  await expectWindow(page)
  await chooseContext(page, NAME)
  await expectConnection(page, /^live$/)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Search or run a command' }).fill('Setup')
  await page.keyboard.press('Enter')
  await page.getByRole('tab', { name: 'Meshes' }).click()
  const istio = page.getByRole('region', { name: 'Istio', exact: true })
  await istio.getByRole('button', { name: 'Precheck' }).click()
  await expect(istio.getByText('Nothing speaks against an installation or an upgrade.')).toBeVisible()

  // The form and the text are one.
  const text = istio.locator('.view-lines')
  await istio.getByRole('combobox', { name: 'Profile' }).selectOption('minimal')
  await expect(text).toContainText('profile: minimal')
  await istio.getByRole('checkbox', { name: 'Access log of every proxy' }).check()
  await expect(text).toContainText('accessLogFile: /dev/stdout')
  await istio.getByRole('textbox', { name: 'Any value' }).fill('addonComponents.kiali.enabled')
  await istio.getByRole('textbox', { name: 'Is', exact: true }).fill('true')
  await istio.getByRole('button', { name: 'Set', exact: true }).click()
  await expect(istio.getByText(/Istio installs no add-ons since 1\.8/)).toBeVisible()
  await istio.getByRole('button', { name: 'Convert options' }).click()
  await expect(text).not.toContainText('addonComponents')

  const dialog = page.getByRole('dialog')
  await istio.getByRole('button', { name: 'Preview the installation…' }).click()
  await expect(dialog.getByText(/\d+ created\./)).toBeVisible({ timeout: 180_000 })
  await dialog.getByRole('button', { name: `Install Istio in ${NAME}` }).click()
  await expect(istio.getByRole('table').getByText('istioctl')).toBeVisible({ timeout: 180_000 })
  const uninstall = istio.getByRole('button', { name: 'Uninstall…' }).first()
  await expect(uninstall).not.toHaveAttribute('aria-disabled', 'true', { timeout: 180_000 })
  expect(await lab.kubectl('-n', 'istio-system', 'get', 'configmap', 'istio', '-o', 'yaml')).toContain(
    '/dev/stdout',
  )
  await expect(istio.getByText('Signing authority')).toBeVisible()

  await uninstall.click()
  await expect(dialog.getByText('Stays in the cluster')).toBeVisible({ timeout: 180_000 })
  await dialog.getByRole('checkbox', { name: /Also delete the CRDs/ }).check()
  await expect(dialog.getByText('CustomResourceDefinition virtualservices.networking.istio.io')).toBeVisible({
    timeout: 180_000,
  })
  await dialog.getByRole('button', { name: `Uninstall Istio from ${NAME}` }).click()
  await expect(istio.getByText('Not installed')).toBeVisible({ timeout: 180_000 })
  await expect.poll(() => lab.kubectl('get', 'crd', '-o', 'name')).not.toContain('.istio.io')
})
