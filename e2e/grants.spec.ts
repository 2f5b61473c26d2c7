import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './shell.ts'
import { expectConnection, openView } from './pages/frame.ts'

/** What the backend answers to a page that asks without the window's own code, as a hostile one would. */
async function ask(page: Page, method: string, input: unknown): Promise<string> {
  return await page.evaluate(
    async ({ method, input }) => {
      const { bridge } = window as unknown as {
        bridge?: { post(message: unknown): void; onMessage(listener: (message: unknown) => void): () => void }
      }
      interface Answer {
        readonly id: number
        readonly kind: string
        readonly problem?: { readonly code: string }
      }
      const start = { kind: 'start', id: 987_654_321, method, input }
      return await new Promise<string>((resolve, reject) => {
        const answer = (raw: unknown): void => {
          const { id, kind, problem } = raw as Answer
          if (id === start.id) resolve(problem?.code ?? kind)
        }
        if (bridge) {
          bridge.onMessage(answer)
          bridge.post(start)
          return
        }
        const secret = sessionStorage.getItem('mesh-workbench-session') ?? ''
        const socket = new WebSocket(`ws://${location.host}/rpc`, ['mesh-workbench', `session.${secret}`])
        socket.onmessage = ({ data }) => answer(JSON.parse(String(data)))
        socket.onopen = () => socket.send(JSON.stringify(start))
        socket.onerror = () => reject(new Error('the web shell does not take the socket'))
      })
    },
    { method, input },
  )
}

test('a page reads, writes and runs nothing that the user did not name', async ({
  app,
  home,
  shell,
}, testInfo) => {
  const outside = testInfo.outputPath('outside')
  await mkdir(outside, { recursive: true })
  await writeFile(join(outside, 'secret.yaml'), 'a: 1\n')
  await writeFile(join(home, 'own.yaml'), 'a: 1\n')
  await symlink(join(outside, 'secret.yaml'), join(home, 'link.yaml'))
  const { page } = app
  // The page has its session once it shows what only the backend knows.
  await expectConnection(page, /live/i)
  // Electron grants what its dialog returned, which was nothing yet; the web shell serves this folder.
  const own = shell === 'web' ? 'done' : 'restricted'
  expect(await ask(page, 'readFile', { path: join(home, 'own.yaml') })).toBe(own)
  for (const path of [
    '/etc/passwd',
    join(outside, 'secret.yaml'),
    join(home, 'link.yaml'),
    join(app.dataFolder, 'settings.json'),
  ]) {
    expect(await ask(page, 'readFile', { path }), path).toBe('restricted')
    expect(await ask(page, 'writeFile', { path, text: 'x', modifiedAt: null }), path).toBe('restricted')
  }
  expect(await ask(page, 'writeFile', { path: join(home, '.bashrc'), text: 'x', modifiedAt: null })).toBe(
    'restricted',
  )
  expect(await ask(page, 'watchFolder', { path: outside })).toBe('restricted')
  expect(await ask(page, 'chooseTool', { tool: 'kind', path: process.execPath })).toBe('restricted')
  expect(
    await ask(page, 'startTask', {
      kind: 'tool-install',
      input: { tool: 'kind', version: '0.32.0', file: process.execPath },
    }),
  ).toBe('restricted')
})

// A browser has settings of its own.
test('permissions are answered as they are granted', { tag: '@electron' }, async ({ app }) => {
  const states = await app.page.evaluate(() =>
    Promise.all(
      ['geolocation', 'camera', 'microphone', 'midi', 'notifications'].map(
        async name => (await navigator.permissions.query({ name: name as PermissionName })).state,
      ),
    ),
  )
  expect(states).toEqual(['denied', 'denied', 'denied', 'denied', 'granted'])
})

// The desktop app asks with the dialog of the system.
test(
  'the browser says which folders it serves, and that no program is chosen in it',
  { tag: '@web' },
  async ({ app, home }) => {
    const { page } = app
    await openView(page, 'Editor')
    await page.getByRole('button', { name: 'Open file…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Open a file' })
    await expect(dialog).toContainText(home)
    await dialog.getByRole('textbox', { name: 'Path' }).fill('/etc/hosts')
    await page.keyboard.press('Enter')
    await expect(page.getByText('/etc/hosts is not in a folder that this window may use')).toBeVisible()
  },
)
