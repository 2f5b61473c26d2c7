// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import KeyValueList from './KeyValueList.vue'
import PaneHeader from './PaneHeader.vue'

const HOSTILE = 'shop/\u202Elive'
const SHOWN = 'shop/⟨U+202E⟩live'

test('what a template draws has no control characters of writing directions', () => {
  const list = mount(KeyValueList, { props: { items: [{ key: HOSTILE, value: HOSTILE }] } })
  expect(list.text()).toContain(SHOWN)
  expect(list.html()).not.toContain('\u202E')
})

test('nor has a tooltip, of an element or handed on by a component', () => {
  const header = mount(PaneHeader, { props: { title: HOSTILE } })
  expect(header.get('.title').attributes('title')).toBe(SHOWN)
  expect(header.html()).not.toContain('\u202E')
})
