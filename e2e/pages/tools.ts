import { createHash } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import { expect, type Locator, type Page } from '@playwright/test'
import { expectWindow, openView } from './frame.ts'

export const KIND_VERSION = '0.32.0'
const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
const KIND = `/github.com/kubernetes-sigs/kind/releases/download/v${KIND_VERSION}/kind-${PLATFORM}`
const LINKERD = `/github.com/linkerd/linkerd2/releases/download/edge-26.9.1/linkerd2-cli-edge-26.9.1-${PLATFORM}`

export const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex')
const script = (line: string): Buffer => Buffer.from(`#!/bin/sh\necho '${line}'\n`)
/** Large enough to be cut in the middle. */
export const KIND_BODY = Buffer.concat([
  script(`kind v${KIND_VERSION} go1.26 linux/amd64`),
  Buffer.alloc(2_000_000, '#'),
])
export const LINKERD_BODY = script('edge-26.9.1')

/** How the mirror gives kind: whole; half and then it waits; half and then it hangs up. */
export type Manner = 'whole' | 'waits' | 'hangs-up'

/** A mirror of releases on this machine, which can be told to behave badly. */
export interface Mirror {
  readonly address: string
  manner: Manner
  checksum: string
  stop(): Promise<void>
}

export async function startMirror(): Promise<Mirror> {
  const mirror = { address: '', manner: 'whole' as Manner, checksum: sha256(KIND_BODY), stop: async () => {} }
  const half = KIND_BODY.length / 2
  const giveKind = (response: ServerResponse, range: string | undefined): void => {
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"kind"',
      'content-length': KIND_BODY.length - from,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${KIND_BODY.length - 1}/${KIND_BODY.length}` } : {}),
    })
    if (mirror.manner === 'whole') response.end(KIND_BODY.subarray(from))
    else
      response.write(KIND_BODY.subarray(from, half), () => {
        if (mirror.manner === 'hangs-up') response.destroy()
      })
  }
  const server = createServer(({ url, headers }, response) => {
    if (url === KIND) giveKind(response, headers.range)
    else if (url === `${KIND}.sha256sum`) response.end(`${mirror.checksum}  kind-${PLATFORM}\n`)
    else if (url === LINKERD)
      response.writeHead(200, { 'content-length': LINKERD_BODY.length }).end(LINKERD_BODY)
    else response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  mirror.address = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
  mirror.stop = async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return mirror
}

export async function openTools(page: Page): Promise<void> {
  await expectWindow(page)
  await openView(page, 'Setup')
  await page.getByRole('tab', { name: 'Tools' }).click()
  await expect(toolCard(page, 'kind')).toBeVisible()
}

export const toolCard = (page: Page, tool: string): Locator =>
  page.getByRole('region', { name: tool, exact: true })

/** The task of an install among the open ones of the section. */
export const installCard = (page: Page, title: string): Locator =>
  page.getByRole('tabpanel').getByRole('region', { name: title })

export async function useMirror(page: Page, address: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Address of the mirror' }).fill(address)
  await page.getByRole('button', { name: 'Save the mirror' }).click()
}

/** Asks for kind by its version in the dialog. */
export async function downloadKind(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add or choose kind', exact: true }).click()
  await page.getByRole('combobox', { name: 'Version' }).selectOption(KIND_VERSION)
  await page.getByRole('dialog').getByRole('button', { name: 'Download', exact: true }).click()
}
