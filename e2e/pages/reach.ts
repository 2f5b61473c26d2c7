import type { Page } from '@playwright/test'

/**
 * Controls of the view that cannot be used: outside the window, without a way to scroll to them, or under something
 * else. One line for each.
 */
export const findUnreachable = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = []
    const main = document.querySelector('main')
    const controls = main?.querySelectorAll<HTMLElement>(
      'button, a[href], input, select, textarea, [role=tab], [role=slider], [role=radio], summary',
    )
    for (const control of controls ?? []) {
      // Monaco measures and hides parts of its own.
      if (control.closest('.monaco-editor, [aria-hidden=true]') !== null) continue
      if (!control.checkVisibility({ visibilityProperty: true }) || control.matches('.only-read')) continue
      control.scrollIntoView({ block: 'nearest', inline: 'nearest' })
      const { left, right, top, bottom } = control.getBoundingClientRect()
      const name = `${control.tagName} ${control.getAttribute('aria-label') ?? control.textContent.trim().slice(0, 40)}`
      const isInside = left >= -1 && top >= -1 && right <= innerWidth + 1 && bottom <= innerHeight + 1
      if (!isInside) {
        found.push(`${name}: outside at ${[left, top, right, bottom].map(Math.round).join(' ')}`)
        continue
      }
      const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      if (
        hit === null ||
        !(control.contains(hit) || hit.contains(control) || hit.closest('label')?.contains(control))
      )
        found.push(`${name}: under ${hit?.className.toString() ?? 'nothing'}`)
    }
    return found
  })

/** Boxes whose content goes over their border, and cut texts without an ellipsis. */
export const findOverflows = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = []
    for (const box of document.querySelectorAll<HTMLElement>(
      'main .card, main .badge, main .chip, main .field-trigger, main header, main button, main li > a',
    )) {
      if (box.closest('.monaco-editor') !== null || !box.checkVisibility()) continue
      const own = box.getBoundingClientRect()
      const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT)
      for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
        const child = text.parentElement
        if (child === null || text.textContent?.trim() === '' || child.closest('.only-read, svg') !== null)
          continue
        const range = document.createRange()
        range.selectNodeContents(text)
        // What a parent cuts is not drawn beyond it.
        let right = Math.max(...[...range.getClientRects()].map(rect => rect.right), 0)
        for (
          let parent: HTMLElement | null = child;
          parent !== null && parent !== box;
          parent = parent.parentElement
        )
          if (getComputedStyle(parent).overflowX !== 'visible')
            right = Math.min(right, parent.getBoundingClientRect().right)
        const isCut = getComputedStyle(box).overflowX !== 'visible'
        if (!isCut && right > own.right + 1)
          found.push(
            `${box.className}: ${(text.textContent ?? '').slice(0, 40)} by ${String(Math.round(right - own.right))} px`,
          )
      }
      const style = getComputedStyle(box)
      const isText = [...box.childNodes].some(
        node => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== '',
      )
      if (isText && box.scrollWidth > box.clientWidth + 1 && style.textOverflow !== 'ellipsis')
        found.push(`${box.className}: ${box.textContent.slice(0, 40)} is cut without an ellipsis`)
    }
    return found
  })
