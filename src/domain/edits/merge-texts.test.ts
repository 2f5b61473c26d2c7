import { describe, expect, test } from 'vitest'
import { mergeTexts } from './merge-texts.ts'

const BASE = 'a: 1\nb: 2\nc: 3\nd: 4\n'

describe('two texts of one base', () => {
  test.each([
    ['mine alone', BASE, 'a: 9\nb: 2\nc: 3\nd: 4\n', BASE, 'a: 9\nb: 2\nc: 3\nd: 4\n'],
    ['theirs alone', BASE, BASE, 'a: 1\nb: 2\nc: 3\nd: 9\n', 'a: 1\nb: 2\nc: 3\nd: 9\n'],
    ['the same change', BASE, 'a: 9\n', 'a: 9\n', 'a: 9\n'],
    [
      'different lines',
      BASE,
      'a: 9\nb: 2\nc: 3\nd: 4\n',
      'a: 1\nb: 2\nc: 3\nd: 8\n',
      'a: 9\nb: 2\nc: 3\nd: 8\n',
    ],
    ['a removed and an added line', BASE, 'b: 2\nc: 3\nd: 4\n', `${BASE}e: 5\n`, 'b: 2\nc: 3\nd: 4\ne: 5\n'],
    ['the same line', BASE, 'a: 8\nb: 2\nc: 3\nd: 4\n', 'a: 9\nb: 2\nc: 3\nd: 4\n', undefined],
    ['a line that the other removed', BASE, 'a: 1\nb: 9\nc: 3\nd: 4\n', 'a: 1\nd: 4\n', undefined],
    ['lines added at one place', BASE, `${BASE}x: 1\n`, `${BASE}y: 1\n`, undefined],
    ['a last line without an end', 'a\nb', 'a!\nb', 'a\nb!', 'a!\nb!'],
    ['an empty base', '', 'a', 'b', undefined],
  ])('with %s', (_name, base, mine, theirs, expected) => {
    expect(mergeTexts(base, mine, theirs)).toBe(expected)
    expect(mergeTexts(base, theirs, mine)).toBe(expected)
  })
})
