import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, startApp, test } from './shell.ts'

test('the app ends while it dials a server that accepts and never answers', async ({
  shell,
  chromium,
  home,
}) => {
  let accepted = 0
  const server = createServer(socket => {
    accepted += 1
    socket.on('error', () => {})
    socket.resume()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await mkdir(home, { recursive: true })
  const file = join(home, 'kubeconfig')
  await writeFile(
    file,
    `apiVersion: v1
kind: Config
contexts: [{name: silent, context: {cluster: silent, user: me}}]
clusters: [{name: silent, cluster: {server: 'https://127.0.0.1:${port}'}}]
users: [{name: me, user: {token: x}}]
`,
  )
  const app = await startApp({ shell, browser: chromium, home, env: { KUBECONFIG: file } })
  await app.page.getByRole('button', { name: /^Context / }).click()
  await app.page.getByRole('menuitemradio', { name: /^silent/ }).click()
  await expect.poll(() => accepted).toBeGreaterThan(0)
  // It hangs until the limit of the test where the stop waits for what is being opened.
  await app.stop()
  server.close()
})
