import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { forgetServices, serviceColour, serviceKey, versionLook } from './service-colour.ts'

type Triple = readonly [number, number, number]

const toLinear = (value: number): number =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
const readColour = (hex: string): Triple => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(at =>
    toLinear(Number.parseInt(hex.slice(at, at + 2), 16) / 255),
  )
  return [red, green, blue]
}
/** Source: Björn Ottosson, A perceptual color space for image processing. */
const toOklab = ([r, g, b]: Triple): Triple => {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}
/** Source: Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color Vision Deficiency, 2009. */
const SIGHTS: Readonly<Record<string, readonly number[]>> = {
  'full colour vision': [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
}
const seenBy = (matrix: readonly number[], [r, g, b]: Triple): Triple => {
  const row = (at: number): number =>
    Math.min(1, Math.max(0, (matrix[at] ?? 0) * r + (matrix[at + 1] ?? 0) * g + (matrix[at + 2] ?? 0) * b))
  return [row(0), row(3), row(6)]
}
const distance = (a: Triple, b: Triple): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
const hueOf = ([, a, b]: Triple): number => ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360
const luminance = ([r, g, b]: Triple): number => 0.2126 * r + 0.7152 * g + 0.0722 * b
const contrast = (one: Triple, other: Triple): number => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const [darkTokens = '', lightTokens = ''] = readFileSync(
  join(import.meta.dirname, '..', 'styles', 'tokens.css'),
  'utf8',
).split("[data-theme='light']")
const tokenOf = (tokens: string, name: string): Triple =>
  readColour(new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(tokens)?.[1] ?? '')

describe.each([
  ['dark', darkTokens],
  ['light', lightTokens],
])('the palette of services in the %s theme', (_theme, tokens) => {
  const palette = Array.from({ length: 10 }, (_, index) => tokenOf(tokens, `s${String(index + 1)}`))

  test.each(Object.entries(SIGHTS))('has ten that differ with %s', (_name, matrix) => {
    const seen = palette.map(colour => toOklab(seenBy(matrix, colour)))
    const pairs = seen.flatMap((one, index) => seen.slice(index + 1).map(other => distance(one, other)))
    expect(Math.min(...pairs)).toBeGreaterThan(0.06)
  })

  test('keeps red, amber and green for state', () => {
    // What has colour lies between teal and pink; the browns are nearly grey.
    const loud = palette.map(toOklab).filter(([, a, b]) => Math.hypot(a, b) > 0.05)
    expect(loud.map(hueOf).filter(hue => hue < 180 || hue > 350)).toEqual([])
  })

  test('is seen on every surface', () => {
    for (const surface of ['bg', 'surface', 'raised'])
      for (const colour of palette)
        expect(contrast(colour, tokenOf(tokens, surface)), surface).toBeGreaterThanOrEqual(3)
  })
})

describe('services', () => {
  beforeEach(forgetServices)

  test('take the colours in order of appearance: three of four do not get the same', () => {
    const names = ['default/frontend', 'default/api', 'default/myapp', 'default/service', 'shop/api']
    expect(names.map(serviceColour)).toEqual([
      'var(--s1)',
      'var(--s2)',
      'var(--s3)',
      'var(--s4)',
      'var(--s5)',
    ])
    expect(new Set(Array.from({ length: 10 }, (_, at) => serviceColour(`a/s${String(at)}`))).size).toBe(10)
  })

  test.each([
    ['default/api', 'default/api'],
    ['api.default', 'default/api'],
    ['api.default.svc.cluster.local', 'default/api'],
    ['api', '/api'],
  ])('are known by %s', (name, key) => {
    expect(serviceKey(name)).toBe(key)
  })

  test('keep their colour however they are named', () => {
    const colour = serviceColour('default/api')
    expect(['api.default', 'api.default.svc.cluster.local', 'api'].map(serviceColour)).toEqual([
      colour,
      colour,
      colour,
    ])
    expect(serviceColour('shop/api')).not.toBe(colour)
  })
})

describe('versions of a service', () => {
  beforeEach(forgetServices)

  test.each([
    ['v1', 'v2'],
    ['v2', 'v1'],
    ['stable', 'canary'],
    ['v1', 'stable'],
    ['2026-q3', '2026-q4'],
  ])('%s and %s differ in shade, pattern and line', (one, other) => {
    const [first, second] = [versionLook('a/api', one), versionLook('a/api', other)]
    expect(first.colour).not.toBe(second.colour)
    expect(first.background).not.toBe(second.background)
    expect(first.dash).not.toBe(second.dash)
  })

  test('look the same whichever is asked first, where they are numbered', () => {
    const [second, first] = [versionLook('a/api', 'v2'), versionLook('a/api', 'v1')]
    expect([versionLook('b/api', 'v1').dash, versionLook('b/api', 'v2').dash]).toEqual([
      first.dash,
      second.dash,
    ])
  })
})
