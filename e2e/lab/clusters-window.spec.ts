import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, startApp, test as base, type App } from '../shell.ts'
import { expectWindow, runCommand } from '../pages/frame.ts'
import { labFolder, labTools } from './lab.ts'

const run = promisify(execFile)

/** A window on a machine with kind and nothing else. */
const test = base.extend<{ cluster: string; app: App }>({
  cluster: async ({}, use, { testId }) => {
    const name = `window-${testId.slice(-6)}`
    await use(name)
    await run('kind', ['delete', 'cluster', '--name', name], {
      env: { ...process.env, PATH: `${labFolder()}:${process.env['PATH'] ?? ''}`, KUBECONFIG: '/dev/null' },
    })
  },
  app: async ({ shell, chromium: browser, home }, use) => {
    const env = {
      PATH: [labFolder(), await labTools(), process.env['PATH'] ?? ''].join(':'),
      KUBECONFIG: `${home}/kubeconfig`,
      // The app has a home of its own, the lab has not: its programs are unpacked and its clusters known already.
      XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
      XDG_STATE_HOME: process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'),
    }
    const app = await startApp({ shell, browser, home, env })
    await use(app)
    await app.stop()
  },
})

test('a cluster is made from the form beside its configuration, opened and deleted', async ({
  app: { page },
  cluster,
}) => {
  await expectWindow(page)
  await page.getByRole('link', { name: 'Setup' }).click()
  await page.getByRole('tab', { name: 'Clusters' }).click()
  await runCommand(page, 'Create a local cluster')

  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(cluster)
  await page.getByRole('combobox', { name: 'Mesh to match' }).selectOption('Linkerd')
  await page.getByRole('spinbutton', { name: 'Port for HTTP', exact: true }).fill('28280')
  await page.getByRole('spinbutton', { name: 'Port for HTTPS' }).fill('28643')
  const text = page.locator('.view-lines')
  await expect(text).toContainText(`name: ${cluster}`)
  await expect(text).toContainText('hostPort: 28643')
  // Why not the newest: kind 0.32.0 is here, and knows one Kubernetes.
  await expect(page.getByRole('region', { name: 'Planned cluster' })).toContainText(
    'kindest/node:v1.36.1@sha256:',
  )
  const checks = page.getByRole('list', { name: 'Checks of this machine' })
  await expect(checks).toContainText('The container engine runs')
  await expect(checks).toContainText(`The name ${cluster} is free`)

  // What was edited stays when the form changes, and says so, until it is given up.
  await text.click()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('# mine\n')
  await page.getByRole('spinbutton', { name: 'Workers' }).fill('1')
  const apart = page.getByText('You edited the configuration')
  await expect(apart).toBeVisible()
  await expect(text).toContainText('# mine')
  await expect(text).not.toContainText('role: worker')
  await page.getByRole('button', { name: 'Replace with the form' }).click()
  await expect(apart).toBeHidden()
  await expect(text).toContainText('role: worker')
  await expect(text).not.toContainText('# mine')

  const create = page.getByRole('button', { name: `Create the cluster ${cluster}` })
  await expect(create).not.toHaveAttribute('aria-disabled', 'true')
  await create.click()
  await expect(page.getByRole('list', { name: 'Clusters being created' })).toContainText(cluster)
  const row = page.getByRole('row', { name: new RegExp(`^${cluster} `) })
  await expect(row).toContainText('Running', { timeout: 180_000 })
  await expect(row).toContainText('1.36.1')
  await expect(row).toContainText('2')

  await row.getByRole('button', { name: `Open kind-${cluster}` }).click()
  await expect(page.getByRole('button', { name: new RegExp(`^Context kind-${cluster}, `) })).toBeVisible()
  await expect(row).toContainText('chosen')

  await row.getByRole('button', { name: `Actions of ${cluster}` }).click()
  await page.getByRole('menuitem', { name: 'Delete…' }).click()
  const dialog = page.getByRole('dialog', { name: `Delete the kind cluster ${cluster}?` })
  await expect(dialog).toContainText(`context kind-${cluster}`)
  await dialog.getByRole('button', { name: `Delete the cluster ${cluster}` }).click()
  await expect(row).toBeHidden({ timeout: 180_000 })
})
