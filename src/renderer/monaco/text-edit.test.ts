import { describe, expect, test } from 'vitest'
import { keepLineEnds, smallestEdit } from './text-edit.ts'

describe('smallestEdit', () => {
  test.each([
    ['nothing', 'a\nb', 'a\nb', undefined],
    ['only line ends', 'a\r\nb', 'a\nb', undefined],
    ['one number', 'a\nw: 90\nb', 'a\nw: 70\nb', [2, 4, 2, 5, '7']],
    ['a line more', 'a\nb', 'a\nx\nb', [2, 1, 2, 1, 'x\n']],
    ['a line less with CRLF', 'a\r\nx\r\nb', 'a\r\nb', [2, 1, 3, 1, '']],
    ['all', '', 'a', [1, 1, 1, 1, 'a']],
    ['an emoji is not cut in half', 'x😀', 'x😁', [1, 2, 1, 4, '😁']],
    ['repeated letters', 'aa', 'aaa', [1, 3, 1, 3, 'a']],
  ])('%s', (_, before, after, expected) => {
    const edit = smallestEdit(before, after)
    const found = edit && [
      edit.startLineNumber,
      edit.startColumn,
      edit.endLineNumber,
      edit.endColumn,
      edit.text,
    ]
    expect(found).toEqual(expected)
  })
})

describe('keepLineEnds', () => {
  test.each([
    ['LF stays', 'a\nb\n', 'a\nx\nb\n', 'a\nx\nb\n'],
    ['CRLF stays', 'a\r\nb\r\n', 'a\nc\nb\n', 'a\r\nc\r\nb\r\n'],
    ['mixed: untouched lines keep theirs', 'a\r\nb\nc\r\nd', 'a\r\nX\r\nc\r\nd', 'a\r\nX\nc\r\nd'],
    ['mixed: a line more', 'a\r\nb\nc\n', 'a\r\nn\r\nb\r\nc\r\n', 'a\r\nn\r\nb\nc\n'],
    ['a first line', '', 'a\nb', 'a\nb'],
  ])('%s', (_, before, after, expected) => {
    expect(keepLineEnds(before, after)).toBe(expected)
  })
})
