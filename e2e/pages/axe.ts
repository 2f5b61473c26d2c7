import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds that keeps people out, one line for each place. */
export async function findFaults(page: Page): Promise<string[]> {
  const isLoaded = await page.evaluate(() => 'axe' in window)
  // Evaluated, not added as a script: the page's policy allows no foreign one, and must not for a test.
  if (!isLoaded) await page.evaluate(await readFile(AXE, 'utf8'))
  const { violations } = await page.evaluate(async () => {
    // A colour on its way from one theme to the other is none of either.
    const transitions = document.getAnimations().filter(animation => animation instanceof CSSTransition)
    await Promise.allSettled(transitions.map(({ finished }) => finished))
    return await (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run()
  })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => [id, html, failureSummary].join('\n')),
    )
}
