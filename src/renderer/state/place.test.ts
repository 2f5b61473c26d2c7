// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { draftTitle, freeTitle } from './origin-words.ts'
import { linkTo, provideNavigation, readNamespaces, writeNamespaces } from './place.ts'

test.each<[string | undefined, readonly string[] | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['*', []],
  ['default', ['default']],
  ['shop,default,shop', ['shop', 'default']],
])('the address %s chooses the namespaces %o', (text, expected) => {
  expect(readNamespaces(text)).toEqual(expected)
  if (expected !== undefined) expect(readNamespaces(writeNamespaces(expected))).toEqual(expected)
})

describe('a link to a place', () => {
  const move = vi.fn()
  beforeEach(() => {
    move.mockClear()
    provideNavigation(move, ({ name }) => `#/${name}`)
  })

  test.each<[string, MouseEventInit, boolean]>([
    ['a plain click stays in the window', {}, true],
    ['a middle click is the browser’s', { button: 1 }, false],
    ['a click with Ctrl is the browser’s', { ctrlKey: true }, false],
    ['a click with Shift is the browser’s', { shiftKey: true }, false],
  ])('%s', (_name, init, isTaken) => {
    const link = linkTo({ name: 'traffic' })
    expect(link.href).toBe('#/traffic')
    const event = new MouseEvent('click', { ...init, cancelable: true })
    link.onClick(event)
    expect(move.mock.calls.length === 1).toBe(isTaken)
    expect(event.defaultPrevented).toBe(isTaken)
  })
})

describe('a text without a name', () => {
  const untitled = (number: number) => ({ kind: 'pasted', title: `Untitled-${String(number)}` }) as const
  const object = (kind: string, name: string): string => `kind: ${kind}\nmetadata: {name: ${name}}\n`
  test.each([
    ['nothing', '', 'Untitled-1'],
    ['no object yet', 'a: 1\n', 'Untitled-1'],
    ['an object', object('VirtualService', 'web'), 'VirtualService web'],
    ['several', `${object('Service', 'a')}---\n${object('Service', 'b')}`, 'Service a and 1 more'],
  ])('with %s in it is called after that', (_name, text, title) => {
    expect(draftTitle({ origin: untitled(1), text })).toBe(title)
  })

  test('takes the first free number, and other titles stay', () => {
    expect(freeTitle([{ origin: untitled(1) }, { origin: untitled(3) }])).toBe('Untitled-2')
    expect(draftTitle({ origin: { kind: 'pasted', title: 'wizard' }, text: object('Service', 'a') })).toBe(
      'wizard',
    )
  })
})
