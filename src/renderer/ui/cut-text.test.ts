// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { describe, expect, test } from 'vitest'
import { cutText } from './cut-text.ts'
import CutText from './CutText.vue'

const LONG = 'recommendation-engine-personalised-offers-backend-internal'

describe('a text that has no room', () => {
  test.each([
    ['short', 'api', 18, '', 'api'],
    ['cut at its end', LONG, 18, '', 'recommendation-en…'],
    ['with the searched part at its start', LONG, 18, 'recomm', 'recommendation-en…'],
    ['with the searched part in its middle', LONG, 18, 'personalised', '…ine-personalised…'],
    ['with the searched part at its end', LONG, 18, 'INTERNAL', '…-backend-internal'],
    ['with more searched than there is room for', LONG, 12, 'personalised-offers', 'personalise…'],
    ['without what is searched', LONG, 18, 'nothing', 'recommendation-en…'],
  ])('is %s', (_name, text, maxLength, search, expected) => {
    expect(cutText(text, maxLength, search)).toBe(expected)
    expect(cutText(text, maxLength, search).length).toBeLessThanOrEqual(maxLength)
  })

  test('has its whole in the tooltip, and a searched part that does not shrink', () => {
    const cut = mount(CutText, { props: { text: LONG, search: 'offers' } })
    expect(cut.attributes('title')).toBe(LONG)
    expect(cut.get('mark').text()).toBe('offers')
    expect(cut.get('.only-read').text()).toBe(LONG)
    expect(cut.get('[aria-hidden]').text()).toBe(LONG)
  })
})
