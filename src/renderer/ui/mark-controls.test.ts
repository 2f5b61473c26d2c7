import { expect, test } from 'vitest'
import { markControls } from './mark-controls.ts'

const controls = [
  0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069,
]

test.each(controls.map(code => [code.toString(16).toUpperCase().padStart(4, '0'), code] as const))(
  'U+%s is a visible mark',
  (name, code) => {
    expect(markControls(`a${String.fromCharCode(code)}b`)).toBe(`a⟨U+${name}⟩b`)
  },
)

test.each(['Grüße', 'שלום', 'مرحبا', '👩‍🔧', 'a\tb'])('%s stays as it is', text => {
  expect(markControls(text)).toBe(text)
})
