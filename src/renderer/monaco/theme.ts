import { editor } from 'monaco-editor/editor'
import { widgetColours } from './widget-colours.ts'

const NAME = 'mesh-workbench'

/** `#rrggbb` or `#rrggbbaa` of a CSS colour, the only forms Monaco's themes take. */
function toHex(colour: string): string | undefined {
  const context = document.createElement('canvas').getContext('2d')
  if (!context || colour === '') return undefined
  context.fillStyle = colour
  const normal = context.fillStyle
  if (normal.startsWith('#')) return normal
  const parts = normal.match(/[\d.]+/g)?.map(Number) ?? []
  const [red, green, blue, alpha = 1] = parts
  if (red === undefined || green === undefined || blue === undefined) return undefined
  return `#${[red, green, blue, Math.round(alpha * 255)].map(part => part.toString(16).padStart(2, '0')).join('')}`
}

const isDarkColour = (hex: string): boolean => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16))
  return red * 0.299 + green * 0.587 + blue * 0.114 < 128
}

function applyTheme(): void {
  const style = getComputedStyle(document.documentElement)
  const token = (...names: string[]): string | undefined => {
    for (const name of names) {
      const hex = toHex(style.getPropertyValue(name).trim())
      if (hex) return hex
    }
    return undefined
  }
  const surface = token('--surface') ?? '#161a21'
  const isDark = isDarkColour(surface)
  const text = token('--text') ?? (isDark ? '#e6e9ee' : '#1b212b')
  const second = token('--text-2', '--text-second') ?? (isDark ? '#9aa4b2' : '#5a6573')
  const accent = token('--accent') ?? (isDark ? '#5b8cff' : '#2f5fe0')
  const key = token('--accent-text') ?? accent
  const line = token('--line') ?? (isDark ? '#2a313c' : '#dfe3e8')
  const raised = token('--raised') ?? (isDark ? '#1d222b' : '#ffffff')
  const bad = token('--bad') ?? '#e5534b'
  const warn = token('--warn', '--warning') ?? '#d9a441'
  const good = token('--good') ?? '#3fb27f'
  const onAccent = token('--on-accent') ?? (isDark ? '#0b1020' : '#ffffff')
  const hover = token('--hover') ?? raised
  const field = token('--bg') ?? surface
  const scroll = token('--scroll') ?? line
  const shadow = isDark ? '#00000099' : '#1b212b33'
  const purple = isDark ? '#c58af9' : '#7b3bb8'
  editor.defineTheme(NAME, {
    base: isDark ? 'vs-dark' : 'vs',
    inherit: true,
    rules: [
      { token: 'comment', foreground: second.slice(1, 7), fontStyle: 'italic' },
      { token: 'type', foreground: key.slice(1, 7) },
      { token: 'string', foreground: text.slice(1, 7) },
      { token: 'string.yaml', foreground: text.slice(1, 7) },
      { token: 'number', foreground: purple.slice(1) },
      { token: 'keyword', foreground: purple.slice(1) },
      { token: 'operators', foreground: second.slice(1, 7) },
    ],
    colors: {
      'editor.background': surface,
      'editor.foreground': text,
      'editorGutter.background': surface,
      'editorLineNumber.foreground': second,
      'editorLineNumber.activeForeground': text,
      'editorLineNumber.dimmedForeground': second,
      'editor.lineHighlightBorder': '#00000000',
      'editor.lineHighlightBackground': `${accent.slice(0, 7)}0f`,
      'editor.selectionBackground': `${accent.slice(0, 7)}44`,
      'editorCursor.foreground': accent,
      ...widgetColours({
        text,
        second,
        accent,
        onAccent,
        line,
        raised,
        hover,
        surface,
        field,
        scroll,
        shadow,
      }),
      'editorError.foreground': bad,
      'editorWarning.foreground': warn,
      'editorInfo.foreground': accent,
      // Text lies on both colours of a side at once and stays readable: 4.5:1, WCAG 2.2, 1.4.3.
      'diffEditor.insertedTextBackground': `${good.slice(0, 7)}1c`,
      'diffEditor.insertedLineBackground': `${good.slice(0, 7)}12`,
      'diffEditor.removedTextBackground': `${bad.slice(0, 7)}1c`,
      'diffEditor.removedLineBackground': `${bad.slice(0, 7)}12`,
      'diffEditor.border': line,
      'scrollbar.shadow': '#00000000',
      'editorOverviewRuler.border': '#00000000',
      focusBorder: accent,
    },
  })
  editor.setTheme(NAME)
}

/** Keeps Monaco's theme the same as the page's tokens, for as long as the page lives. */
export function followTheme(): void {
  applyTheme()
  new MutationObserver(applyTheme).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ['data-theme'],
  })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', applyTheme)
}
