import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { BrowserContext, Page } from '@playwright/test'
import { end, expect, startWebShell, test as base, type WebShell } from './shell.ts'

/** The session of the web shell: the desktop shell has none. */
const test = base.extend<{ serve: (...options: string[]) => WebShell; tabs: BrowserContext }>({
  serve: async ({ home }, use) => {
    await mkdir(join(home, 'data'), { recursive: true })
    const shells: WebShell[] = []
    await use((...options) => {
      const shell = startWebShell(
        { HOME: home, KUBECONFIG: join(home, 'none'), MESH_WORKBENCH_DATA: join(home, 'data') },
        ['--folder', home, ...options],
      )
      shells.push(shell)
      return shell
    })
    for (const { process } of shells) await end(process, 'SIGTERM')
  },
  tabs: async ({ chromium }, use) => {
    const context = await chromium.newContext()
    await use(context)
    await context.close()
  },
})

/** Only the web shell has sessions. */
const WEB_ONLY = '@web'

const picker = (page: Page) => page.getByRole('button', { name: /^Context / })
const expectLive = (page: Page): Promise<void> =>
  expect(picker(page)).toHaveAccessibleName('Context playground, live')

/** A server on another port of our address, and what it was sent. */
async function startSibling(): Promise<{ server: Server; address: string; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.url ?? ''} ${JSON.stringify(request.headers)}`)
    response.setHeader('content-type', 'text/html').end('<p>sibling</p>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen }
}

async function readAllArguments(): Promise<string> {
  const processes = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const lines = processes.map(id => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''))
  return (await Promise.all(lines)).join('\n')
}

test(
  'the session is in no cookie, address or argument, and no other port gets it',
  { tag: WEB_ONLY },
  async ({ serve, tabs }) => {
    const address = await serve().nextAddress()
    const page = await tabs.newPage()
    await page.goto(address)
    await expectLive(page)
    expect(page.url()).not.toContain('code')
    expect(await tabs.cookies()).toEqual([])
    const secret = await page.evaluate(() => sessionStorage.getItem('mesh-workbench-session') ?? '')
    expect(secret).not.toBe('')

    const code = new URL(address).hash.slice('#code='.length)
    const argumentsOfAll = await readAllArguments()
    expect(argumentsOfAll).not.toContain(secret)
    expect(argumentsOfAll).not.toContain(code)

    const sibling = await startSibling()
    await page.goto(sibling.address)
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
    expect(sibling.seen.join('\n')).not.toContain(secret)
    sibling.server.close()

    await page.goBack()
    await expectLive(page)
  },
)

test(
  'a reload keeps the session, and another tab is opened from the window',
  { tag: WEB_ONLY },
  async ({ serve, tabs }) => {
    const page = await tabs.newPage()
    await page.goto(await serve().nextAddress())
    await expectLive(page)
    await page.reload()
    await expectLive(page)

    await page.keyboard.press('Control+K')
    await page.getByRole('combobox').fill('another tab')
    const opening = tabs.waitForEvent('page')
    await page.getByRole('option', { name: /Open another tab/ }).click()
    const other = await opening
    await expectLive(other)
    expect(other.url()).not.toContain('code')
    await other.reload()
    await expectLive(other)
  },
)

test(
  'an address that was used says so, and Enter prints a new one',
  { tag: WEB_ONLY },
  async ({ serve, tabs, chromium }) => {
    const shell = serve()
    const address = await shell.nextAddress()
    const page = await tabs.newPage()
    await page.goto(address)
    await expectLive(page)

    const stranger = await chromium.newContext()
    const late = await stranger.newPage()
    await late.goto(address)
    await expect(late.getByRole('alert')).toContainText('already used')
    await late.goto(`${new URL(address).origin}/#code=wrong`)
    await expect(late.getByRole('alert')).toContainText('not valid')
    await late.goto(`${new URL(address).origin}/`)
    await late.reload()
    await expect(late.getByRole('alert')).toContainText('no session')

    shell.pressEnter()
    await late.goto(await shell.nextAddress())
    await expectLive(late)
    await expectLive(page)
    await stranger.close()
  },
)

test(
  'the window connects again by itself after its socket broke',
  { tag: WEB_ONLY },
  async ({ serve, tabs }) => {
    const page = await tabs.newPage()
    let cut = (): void => {}
    let isHeld = false
    const held: (() => void)[] = []
    await page.routeWebSocket(/\/rpc$/, socket => {
      const connectOn = (): void => {
        socket.connectToServer()
        cut = () => void socket.close()
      }
      if (isHeld) {
        held.push(connectOn)
        void socket.close()
      } else connectOn()
    })
    await page.goto(await serve().nextAddress())
    await expectLive(page)
    isHeld = true
    cut()
    await expect(page.getByText('Connection to Mesh Workbench lost')).toBeVisible()
    await expect(picker(page)).not.toHaveAccessibleName(/live/)
    isHeld = false
    await expectLive(page)
    await expect(page.getByText('Connection to Mesh Workbench lost')).toBeHidden()
  },
)

test(
  'a backend that is stopped is not called live, and is again when it goes on',
  { tag: WEB_ONLY },
  async ({ serve, tabs }) => {
    const shell = serve()
    const page = await tabs.newPage()
    await page.goto(await shell.nextAddress())
    await expectLive(page)
    shell.process.kill('SIGSTOP')
    await expect(page.getByText('Mesh Workbench does not respond').first()).toBeVisible({ timeout: 180_000 })
    await expect(picker(page)).not.toHaveAccessibleName(/live/)
    shell.process.kill('SIGCONT')
    await expectLive(page)
  },
)

test(
  'a web shell that was started again asks for a new address, which goes on in the same tab',
  { tag: WEB_ONLY },
  async ({ serve, tabs }) => {
    const shell = serve()
    const address = await shell.nextAddress()
    const { port } = new URL(address)
    const page = await tabs.newPage()
    await page.goto(address)
    await expectLive(page)
    await end(shell.process, 'SIGKILL')
    await expect(page.getByText('Connection to Mesh Workbench lost')).toBeVisible()

    const next = await serve('--port', port).nextAddress()
    await expect(page.getByText('This session has ended')).toBeVisible()
    await page.goto(next)
    await expectLive(page)
    expect(page.url()).not.toContain('code')
  },
)
