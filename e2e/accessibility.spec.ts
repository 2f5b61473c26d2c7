import { findFaults } from './pages/axe.ts'
import { expectConnection, expectWindow, useTheme } from './pages/frame.ts'
import { tour } from './pages/tour.ts'
import { expect, test } from './shell.ts'

// Each view is opened and worked by keyboard alone: `open` presses keys and never clicks.
for (const { name, open } of tour) {
  test(`${name} works by keyboard, and axe finds no serious fault in either theme`, async ({
    app: { page },
  }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await expectWindow(page)
    await expectConnection(page, 'live')
    await open(page)
    for (const theme of ['dark', 'light'] as const) {
      await useTheme(page, theme)
      expect(await findFaults(page), theme).toEqual([])
    }
  })
}
