import { expect, type Page } from '@playwright/test'
import { callPlayground } from './pages/colleague.ts'
import { expectConnection, expectWindow, openView } from './pages/frame.ts'
import { openRule } from './pages/routing.ts'
import { test } from './shell.ts'

const HIDDEN = '\u202E'
const SHOWN = '⟨U+202E⟩'

/** A field that people read, with characters that turn the order of what follows. */
const rule = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: {
    name: 'turned',
    namespace: 'default',
    annotations: { note: `to${HIDDEN}evil` },
  },
  spec: {
    hosts: [`turned.default.svc.cluster.local`],
    http: [
      {
        name: `safe${HIDDEN}evil`,
        match: [{ headers: { team: { exact: `blue${HIDDEN}der` } } }],
        route: [{ destination: { host: 'api', subset: `v1${HIDDEN}2v` } }],
      },
    ],
  },
}

/** What the window draws and reads aloud; Monaco marks hidden characters itself. */
const drawn = (page: Page): Promise<string> =>
  page.evaluate(() =>
    [...document.querySelectorAll('#app *:not(.monaco-editor *)')]
      .flatMap(element => [
        ...[...element.childNodes]
          .filter(node => node.nodeType === Node.TEXT_NODE)
          .map(node => node.nodeValue),
        element.getAttribute('title'),
        element.getAttribute('aria-label'),
      ])
      .join('\n'),
  )

test('control characters of writing directions are visible marks', async ({ app }) => {
  const { page } = app
  await expectWindow(page)
  await expectConnection(page, /live/i)
  const { status } = await callPlayground(app, {
    path: '/apis/networking.istio.io/v1/namespaces/default/virtualservices',
    method: 'POST',
    body: JSON.stringify(rule),
  })
  expect(status).toBe(201)
  await openRule(page, 'turned')
  await expect(page.locator('body')).toContainText(`safe${SHOWN}evil`)
  expect(await drawn(page)).not.toContain(HIDDEN)
  await openView(page, 'Resources')
  expect(await drawn(page)).not.toContain(HIDDEN)
})
