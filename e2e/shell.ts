import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { _electron, chromium, test as base, type Browser, type Page } from '@playwright/test'

const ROOT = join(import.meta.dirname, '..')

export interface ShellOptions {
  shell: 'electron' | 'web'
}

/** The app in one of its shells, with a home of its own. */
export interface App {
  readonly page: Page
  readonly dataFolder: string
  /** What the system's dialog will return from now on; absent in the web shell, which has a dialog of its own. */
  readonly answerFileDialog?: (path: string) => Promise<void>
  /** kill -9 of the whole app, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same data; returns the new window. */
  restart(): Promise<Page>
  stop(): Promise<void>
}

interface Running {
  readonly page: Page
  readonly answerFileDialog?: (path: string) => Promise<void>
  kill(): Promise<void>
  stop(): Promise<void>
}

export type Environment = Readonly<Record<string, string>>

export const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'exit')
  child.kill(signal)
  await closed
}

/** The web shell's process and the addresses that it prints, each with a new one-time code. */
export interface WebShell {
  readonly process: ChildProcess
  /** The first address, or after `pressEnter` the next one. */
  nextAddress(): Promise<string>
  pressEnter(): void
}

export function startWebShell(env: Environment, options: readonly string[] = []): WebShell {
  const server = spawn(process.execPath, [join(ROOT, 'out', 'main', 'cli.js'), 'serve', ...options], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  return {
    process: server,
    async nextAddress() {
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        const address = /^Mesh Workbench: (\S+)$/.exec(line.value)?.[1]
        if (address !== undefined) return address
      }
      throw new Error(`The web shell ended with code ${String(server.exitCode)}`)
    },
    pressEnter: () => server.stdin.write('\n'),
  }
}

async function startWeb(browser: Browser, folders: readonly string[], env: Environment): Promise<Running> {
  const shell = startWebShell(
    env,
    folders.flatMap(folder => ['--folder', folder]),
  )
  const url = await shell.nextAddress()
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.goto(url)
  return {
    page,
    kill: async () => {
      await end(shell.process, 'SIGKILL')
      await context.close()
    },
    stop: async () => {
      await context.close()
      await end(shell.process, 'SIGTERM')
    },
  }
}

async function startElectron(dataFolder: string, env: Environment): Promise<Running> {
  const executablePath = process.env['MESH_WORKBENCH_ELECTRON']
  const app = await _electron.launch({
    args: ['--no-sandbox', `--user-data-dir=${dataFolder}`, ROOT],
    env: { ...(process.env as Record<string, string>), ...env },
    ...(executablePath === undefined ? {} : { executablePath }),
  })
  const page = await app.firstWindow()
  return {
    page,
    answerFileDialog: path =>
      app.evaluate(({ dialog }, chosen) => {
        dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })
      }, path),
    kill: () => end(app.process(), 'SIGKILL'),
    stop: () => app.close(),
  }
}

/** Starts the app; nothing is shared between two of them but what the caller shares on purpose. */
export async function startApp({
  shell,
  browser,
  home,
  env = {},
  folders = [],
}: {
  shell: ShellOptions['shell']
  browser: Browser
  home: string
  env?: Environment
  /** Folders that the web shell serves besides the home folder. */
  folders?: readonly string[]
}): Promise<App> {
  const dataFolder = join(home, 'data')
  await mkdir(dataFolder, { recursive: true })
  const ownEnv = {
    HOME: home,
    KUBECONFIG: join(home, 'no-kubeconfig'),
    MESH_WORKBENCH_DATA: dataFolder,
    ...env,
  }
  const start = (): Promise<Running> =>
    shell === 'electron' ? startElectron(dataFolder, ownEnv) : startWeb(browser, [home, ...folders], ownEnv)
  let running = await start()
  return {
    get page() {
      return running.page
    },
    dataFolder,
    ...(running.answerFileDialog === undefined ? {} : { answerFileDialog: running.answerFileDialog }),
    kill: () => running.kill(),
    restart: async () => {
      running = await start()
      return running.page
    },
    stop: () => running.stop(),
  }
}

export const test = base.extend<{ home: string; app: App }, ShellOptions & { chromium: Browser }>({
  shell: ['web', { option: true, scope: 'worker' }],
  chromium: [
    async ({ shell }, use) => {
      const executablePath = process.env['MESH_WORKBENCH_CHROMIUM']
      // Electron brings its own; the browser is started all the same only where the web shell needs it.
      const browser =
        shell === 'web'
          ? await chromium.launch({
              args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
              ...(executablePath === undefined ? {} : { executablePath }),
            })
          : ({} as Browser)
      await use(browser)
      if (shell === 'web') await browser.close()
    },
    { scope: 'worker' },
  ],
  home: async ({}, use, testInfo) => {
    await use(testInfo.outputPath('home'))
  },
  app: async ({ shell, chromium: browser, home }, use) => {
    const app = await startApp({ shell, browser, home })
    await use(app)
    await app.stop()
  },
})

export { expect } from '@playwright/test'
