import { expect, type Locator, type Page } from '@playwright/test'
import { openView } from './frame.ts'
import { arrowTo, pressByKeyboard, tabTo } from './keyboard.ts'

export interface Stop {
  /** As in the names of the guide's pictures. */
  readonly name: string
  /** Opens the view with something in it, by keyboard alone. */
  readonly open: (page: Page) => Promise<void>
}

async function openHome(page: Page): Promise<void> {
  await openView(page, 'Home')
  await expect(page.getByRole('heading', { name: 'What to do next' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'What to do next' }).getByRole('link').first()).toBeVisible()
}

/** A row of the list is chosen, so the inspector is open. */
async function openTraffic(page: Page): Promise<void> {
  await openView(page, 'Traffic')
  const list = page.getByRole('grid', { name: 'Traffic between services' })
  const row = list.getByRole('row').filter({ hasText: 'myapp' })
  await expect(row).toBeVisible({ timeout: 180_000 })
  await tabTo(page, list)
  await arrowTo(page, row)
  await expect(page.getByRole('button', { name: 'Shift traffic' })).toBeVisible()
}

async function openRoutingList(page: Page): Promise<void> {
  await openView(page, 'Routing')
  await expect(page.getByRole('region', { name: 'VirtualServices' })).toBeVisible()
}

/** The text is there, and coloured as YAML: all of an uncoloured one is `mtk1`. */
const expectText = (page: Page): Promise<void> =>
  expect(page.locator('.view-line span[class^="mtk"]:not(.mtk1)').first()).toBeVisible()

export const canaryWeights = (page: Page) => page.getByRole('slider', { name: /v1/ })

async function openCanary(page: Page): Promise<void> {
  await openRoutingList(page)
  const list = page.getByRole('region', { name: 'VirtualServices' })
  await pressByKeyboard(page, list.getByRole('link', { name: /^myapp\b/ }))
  await expect(canaryWeights(page)).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'YAML of VirtualService myapp' })).toBeAttached()
  await expectText(page)
  await expect(page.getByText(/now \d+ %/).first()).toBeVisible()
}

/** Shows the kind's list with the object's details. */
async function openObject(page: Page, kind: string, name: string): Promise<void> {
  await openView(page, 'Resources')
  const find = page.getByRole('searchbox', { name: 'Find a kind' })
  await tabTo(page, find)
  await find.fill(kind)
  await pressByKeyboard(
    page,
    page.getByRole('navigation', { name: 'Kinds' }).getByRole('button', { name: new RegExp(`^${kind}\\b`) }),
  )
  await expect(page.getByRole('heading', { level: 1, name: kind })).toBeVisible()
  await tabTo(page, find)
  await find.fill('')
  const list = page.getByRole('grid')
  const row = list.getByRole('row', { name: new RegExp(`^${name}\\b`) })
  await expect(row).toBeVisible()
  await tabTo(page, list)
  await arrowTo(page, row)
  await expect(page.getByRole('button', { name: 'Close the details' })).toBeVisible()
}

async function openText(page: Page): Promise<void> {
  await openObject(page, 'VirtualService', 'myapp')
  const edit = page.getByRole('button', { name: 'Edit' })
  await expect(edit).not.toHaveAttribute('aria-disabled')
  await pressByKeyboard(page, edit)
  await expect(page).toHaveTitle('Editor · Mesh Workbench')
  await expectText(page)
  await expect(page.getByRole('status').filter({ hasText: 'schemas' })).not.toContainText('yet')
}

async function openTrace(page: Page): Promise<void> {
  await openView(page, 'Traces')
  const list = page.getByRole('listbox', { name: 'Traces' })
  const trace = list.getByRole('option').filter({ hasText: 'myapp' }).first()
  await expect(trace).toBeVisible({ timeout: 180_000 })
  await tabTo(page, list)
  await arrowTo(page, trace)
  const waterfall = page.getByRole('region', { name: /^Trace / })
  const span = waterfall.getByRole('button', { name: /^frontend.*myapp/ }).first()
  await pressByKeyboard(page, span)
  await expect(waterfall.getByText('Routed by')).toBeVisible()
}

async function openReview(page: Page): Promise<void> {
  await openCanary(page)
  await tabTo(page, canaryWeights(page))
  await page.keyboard.press('ArrowLeft')
  await pressByKeyboard(page, page.getByRole('button', { name: 'Review change' }))
  await expect(page).toHaveTitle('Changes · Mesh Workbench')
  await expect(page.getByRole('button', { name: /^Apply/ })).toBeVisible()
  await expectText(page)
}

async function openSettings(page: Page): Promise<void> {
  await openView(page, 'Settings')
  await expect(
    page.getByRole('radiogroup', { name: 'Theme' }).or(page.getByRole('group', { name: 'Theme' })),
  ).toBeVisible()
}

/** Shows a section of Setup, once it has said what it knows. */
async function openSetup(page: Page, section: string, sign: Locator): Promise<void> {
  await openView(page, 'Setup')
  const tabs = page.getByRole('tablist', { name: 'Sections of Setup' })
  const tab = tabs.getByRole('tab', { name: section })
  await tabTo(page, tabs.getByRole('tab', { selected: true }))
  for (let count = 0; count < 6 && (await tab.getAttribute('aria-selected')) !== 'true'; count++)
    await page.keyboard.press('ArrowRight')
  await expect(tab).toHaveAttribute('aria-selected', 'true')
  await expect(sign).toBeVisible()
}

/** Every view, each with something in it. */
export const tour: readonly Stop[] = [
  { name: 'home', open: openHome },
  { name: 'traffic', open: openTraffic },
  { name: 'routing-list', open: openRoutingList },
  { name: 'routing', open: openCanary },
  { name: 'resources', open: page => openObject(page, 'Deployment', 'api-v1') },
  { name: 'editor', open: openText },
  { name: 'traces', open: openTrace },
  { name: 'changes', open: openReview },
  {
    name: 'setup',
    open: page => openSetup(page, 'Local mesh', page.getByRole('button', { name: /^Create the cluster/ })),
  },
  {
    name: 'meshes',
    open: page => openSetup(page, 'Meshes', page.getByRole('table', { name: 'Revisions of Istio' })),
  },
  {
    name: 'injection',
    open: page => openSetup(page, 'Injection', page.getByText(/\d+ of \d+ pods in the mesh/)),
  },
  {
    name: 'versions',
    open: page => openSetup(page, 'Versions', page.getByText('These versions are compatible')),
  },
  { name: 'settings', open: openSettings },
]
