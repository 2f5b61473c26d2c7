import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { findFaults } from './pages/axe.ts'
import { expectWindow, openView, useTheme } from './pages/frame.ts'
import {
  downloadKind,
  installCard,
  KIND_VERSION,
  LINKERD_BODY,
  openTools,
  sha256,
  startMirror,
  toolCard,
  useMirror,
  type Mirror,
} from './pages/tools.ts'
import { expect, startApp, test as base, type App } from './shell.ts'

const TITLE = `Install kind ${KIND_VERSION}`

/** The app with nothing on its PATH that it could use, and a mirror of releases. */
const test = base.extend<{ mirror: Mirror; own: App }>({
  mirror: async ({}, use) => {
    const mirror = await startMirror()
    await use(mirror)
    await mirror.stop()
  },
  own: async ({ shell, chromium: browser, home, mirror }, use) => {
    // A login shell would bring the machine's PATH, and with it programs of this machine.
    const env = { PATH: join(home, 'bin'), SHELL: '/bin/false' }
    const app = await startApp({ shell, browser, home, env })
    await openTools(app.page)
    await useMirror(app.page, mirror.address)
    await use(app)
    await app.stop()
  },
})

/** Files under the app's folder for tools that anybody may execute. */
async function listExecutables({ dataFolder }: App): Promise<string[]> {
  const folder = join(dataFolder, 'tools')
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = names.filter(each => each.isFile()).map(each => join(each.parentPath, each.name))
  const modes = await Promise.all(files.map(async path => ({ path, mode: (await stat(path)).mode })))
  return modes
    .filter(({ mode }) => (mode & 0o111) !== 0)
    .map(({ path }) => path.slice(folder.length + 1).replaceAll('\\', '/'))
}

test('a version is installed with progress, used, and removed again', async ({ own, mirror }) => {
  const { page } = own
  mirror.manner = 'waits'
  await downloadKind(page)
  const card = installCard(page, TITLE)
  await expect(
    card.getByRole('progressbar', { name: `Progress of Download kind ${KIND_VERSION}` }),
  ).toHaveAttribute('aria-valuenow', '50')
  await expect(page.getByRole('button', { name: /^Activity/ })).toContainText('1')
  await expect(page.getByRole('contentinfo')).toContainText(`${TITLE}… 25 %`)
  expect(await listExecutables(own)).toEqual([])

  // A reload takes the window away, not the work.
  await page.reload()
  await openTools(page)
  await expect(card.getByRole('button', { name: `Cancel ${TITLE}` })).toBeVisible()
  await card.getByRole('button', { name: `Cancel ${TITLE}` }).click()
  await expect(card.getByText(/\d [kM]B of kind 0\.32\.0 are kept/)).toBeVisible()
  expect(await listExecutables(own)).toEqual([])

  mirror.manner = 'whole'
  await card.getByRole('button', { name: `Resume ${TITLE}` }).click()
  await expect(toolCard(page, 'kind').getByText('It is the newest that was downloaded')).toBeVisible()
  await expect(card).toBeHidden()
  expect(await listExecutables(own)).toEqual([`kind/${KIND_VERSION}/kind`])
  await expect(page.getByText(`${TITLE} is done`)).toBeVisible()

  await toolCard(page, 'kind')
    .getByRole('button', { name: `Remove kind ${KIND_VERSION}` })
    .click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(toolCard(page, 'kind').getByText('kind is not on the PATH and not downloaded')).toBeVisible()
  expect(await listExecutables(own)).toEqual([])
})

test('a wrong checksum is refused, and nothing is there to run', async ({ own, mirror }) => {
  const { page } = own
  mirror.checksum = '0'.repeat(64)
  await downloadKind(page)
  await expect(
    installCard(page, TITLE).getByText(/is not what was published: its SHA-256 is [0-9a-f]{64}, not 0{64}/),
  ).toBeVisible()
  await expect(page.getByRole('alert').filter({ hasText: 'do not trust the mirror' }).first()).toBeVisible()
  expect(await listExecutables(own)).toEqual([])
  expect(await readdir(join(own.dataFolder, 'tools', 'downloads'))).toEqual([])
})

test('a mirror that goes down in the middle: resuming goes on behind what came', async ({ own, mirror }) => {
  const { page } = own
  mirror.manner = 'hangs-up'
  await downloadKind(page)
  const card = installCard(page, TITLE)
  await expect(card.getByText(/The connection to 127\.0\.0\.1:\d+ failed/)).toBeVisible()
  mirror.manner = 'whole'
  await card.getByRole('button', { name: `Resume ${TITLE}` }).click()
  await expect(toolCard(page, 'kind').getByText('It is the newest that was downloaded')).toBeVisible()
  const activity = page.getByRole('list', { name: 'Activity' })
  await expect(activity.getByRole('log')).toContainText(
    /\d [kM]B were downloaded before: the download resumes there/,
  )
  await expect(activity.getByRole('log')).toContainText('its project publishes it')
  await activity.getByRole('button', { name: `Forget ${TITLE}` }).click()
  await expect(activity).toBeHidden()
})

test('a file that nobody vouches for waits until its hash is compared', async ({ own }) => {
  const { page } = own
  await page.getByRole('button', { name: 'Download edge-26.9.1 of linkerd' }).click()
  const notice = page.getByRole('region', { name: 'Hash of linkerd edge-26.9.1' })
  await expect(notice.getByText(sha256(LINKERD_BODY))).toBeVisible()
  expect(await listExecutables(own)).toEqual([])
  const confirm = notice.getByRole('button', { name: 'Confirm and install' })
  await expect(confirm).toHaveAttribute('aria-disabled', 'true')
  await notice.getByRole('textbox', { name: 'SHA-256 from elsewhere' }).fill('f'.repeat(64))
  await expect(notice.getByText('This is the hash of another file')).toBeVisible()
  await notice.getByRole('textbox', { name: 'SHA-256 from elsewhere' }).fill(sha256(LINKERD_BODY))
  await confirm.click()
  await expect(toolCard(page, 'linkerd').getByText('hash confirmed by you')).toBeVisible()
  await expect(notice).toBeHidden()
})

test('the section and the unfolded task have no serious fault in either theme', async ({ own, mirror }) => {
  const { page } = own
  await page.emulateMedia({ reducedMotion: 'reduce' })
  mirror.manner = 'hangs-up'
  await downloadKind(page)
  await expect(
    installCard(page, TITLE)
      .getByText(/failed/)
      .first(),
  ).toBeVisible()
  await page.getByRole('button', { name: 'Download edge-26.9.1 of linkerd' }).click()
  await expect(page.getByRole('region', { name: 'Hash of linkerd edge-26.9.1' })).toBeVisible()
  for (const theme of ['dark', 'light'] as const) {
    await useTheme(page, theme)
    expect(await findFaults(page), theme).toEqual([])
    await page.getByRole('tab', { name: 'Versions' }).click()
    await expect(page.getByText(/is too new for Linkerd/).first()).toBeVisible()
    expect(await findFaults(page), `versions, ${theme}`).toEqual([])
    await page.getByRole('tab', { name: 'Tools' }).click()
  }
})

test('the versions section finds the set that fits, and says what does not', async ({ app: { page } }) => {
  await expectWindow(page)
  await openView(page, 'Setup')
  await page.getByRole('tab', { name: 'Versions' }).click()
  const chooser = page.getByRole('region', { name: 'Compatible versions' })
  const set = chooser.getByRole('status', { name: 'The set' })
  await expect(set).toContainText('kindest/node:v1.37.0@sha256:')
  await chooser.getByRole('radio', { name: 'Linkerd' }).click()
  await expect(set).toContainText('kindest/node:v1.35.8@sha256:')
  await expect(set.getByRole('list', { name: 'Avoided' })).toContainText(
    'By itself kind 0.33.0 starts Kubernetes 1.37.0: Kubernetes 1.37.0 is too new for Linkerd 2.20',
  )
  await chooser.getByRole('radio', { name: 'Both' }).click()
  await expect(set).toContainText('a pod must be in one of them only')
  await chooser.getByRole('radio', { name: 'Istio' }).click()
  await chooser.getByRole('textbox', { name: 'Gateway API' }).fill('1.5.1')
  await chooser.getByRole('textbox', { name: 'Istio' }).fill('1.31')
  await expect(set).toContainText('These versions are compatible')
  await chooser.getByRole('checkbox', { name: 'TCPRoute' }).check()
  await expect(set).toContainText('These versions are not compatible')
  await expect(set).toContainText('ignores TCPRoute objects of Gateway API 1.5.1 without a word')
  await expect(page.getByRole('list', { name: 'What goes wrong' }).getByRole('listitem')).toHaveCount(3)
})
