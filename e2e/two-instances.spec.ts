import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expectConnection, expectWindow } from './pages/frame.ts'
import { expect, test, type App } from './shell.ts'

const CLI = join(import.meta.dirname, '..', 'out', 'main', 'cli.js')

/** Runs a command on the app's data folder until it ends or prints its first line. */
async function runBeside(app: App, args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, MESH_WORKBENCH_DATA: app.dataFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const closed = once(child, 'close')
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  child.stdout.once('data', () => child.kill('SIGTERM'))
  const [code] = (await closed) as [number | null]
  return { code, text }
}

test('a second process on the data folder is told who has it, and after kill -9 the next one has it', async ({
  app,
}) => {
  await expectWindow(app.page)
  await expectConnection(app.page, /live/)
  const [owner = ''] = await readdir(join(app.dataFolder, 'lock'))
  expect(owner).toMatch(/^\d+$/)
  for (const args of [['serve'], ['playground']]) {
    const { code, text } = await runBeside(app, args)
    expect(code, text).toBe(2)
    expect(text).toMatch(/process \d+/)
    expect(text).toContain('MESH_WORKBENCH_DATA')
  }
  await app.kill()
  await writeFile(join(app.dataFolder, 'settings.json.4711.new'), 'half')
  const { text } = await runBeside(app, ['serve'])
  expect(text).toContain('Mesh Workbench: http')
  expect(await readdir(app.dataFolder)).not.toContain('settings.json.4711.new')
})

test('a damaged file is told in the window, and hides no other', async ({ app }) => {
  await expectWindow(app.page)
  await app.kill()
  await mkdir(join(app.dataFolder, 'drafts', 'x.json'), { recursive: true })
  await writeFile(join(app.dataFolder, 'drafts', 'y.json'), '{"half": ')
  const page = await app.restart()
  await expectWindow(page)
  const notices = page.getByRole('region', { name: 'Notices' })
  await expect(notices.getByRole('status').filter({ hasText: 'y.json' })).toBeVisible()
  await expect(notices.getByRole('alert')).toHaveCount(0)
})
