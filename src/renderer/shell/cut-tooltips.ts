const MARK = 'data-cut-title'

/** The nearest element around a place that cuts its text with an ellipsis now. */
function findCut(start: Element): HTMLElement | undefined {
  let element: Element | null = start
  for (let steps = 0; steps < 5 && element instanceof HTMLElement; steps++) {
    if (element.title !== '' && !element.hasAttribute(MARK)) return undefined
    if (element.scrollWidth > element.clientWidth && getComputedStyle(element).textOverflow === 'ellipsis')
      return element
    element = element.parentElement
  }
  return undefined
}

/** Shows the whole of every text that has no room as its tooltip. The returned function ends it. */
export function showCutTexts(): () => void {
  const over = ({ target }: PointerEvent): void => {
    if (!(target instanceof HTMLElement)) return
    const cut = findCut(target)
    if (cut !== undefined) {
      cut.title = cut.textContent.trim().replaceAll(/\s+/g, ' ')
      cut.setAttribute(MARK, '')
    } else if (target.hasAttribute(MARK)) {
      // It has room by now.
      target.removeAttribute('title')
      target.removeAttribute(MARK)
    }
  }
  document.addEventListener('pointerover', over)
  return () => document.removeEventListener('pointerover', over)
}
