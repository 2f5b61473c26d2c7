import { expect, test } from 'vitest'
import { widgetColours } from './widget-colours.ts'

const tokens = {
  text: '#e6e9ee',
  second: '#9fa9b7',
  accent: '#5b8cff',
  onAccent: '#0b1020',
  line: '#2a313c',
  raised: '#1d222b',
  hover: '#232935',
  surface: '#161a21',
  field: '#0f1217',
  scroll: '#39424f',
  shadow: '#00000099',
}

test.each([
  ['menu.background', tokens.raised],
  ['menu.foreground', tokens.text],
  ['list.hoverBackground', tokens.hover],
  ['input.background', tokens.field],
  ['editorHoverWidget.background', tokens.raised],
  ['editorSuggestWidget.background', tokens.raised],
])('Monaco’s %s wears the theme', (name, colour) => {
  expect(widgetColours(tokens)[name]).toBe(colour)
})

test('every colour has a form that Monaco takes', () => {
  for (const [name, colour] of Object.entries(widgetColours(tokens)))
    expect(colour, name).toMatch(/^#[0-9a-f]{6}(?:[0-9a-f]{2})?$/)
})
