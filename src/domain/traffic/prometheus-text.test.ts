import { describe, expect, test } from 'vitest'
import { parsePrometheusText } from './prometheus-text.ts'

describe('a line of a metrics page', () => {
  test.each([
    [
      'with labels',
      'istio_requests_total{a="1",b="x y"} 3',
      [{ name: 'istio_requests_total', labels: { a: '1', b: 'x y' }, value: 3 }],
    ],
    ['without labels', 'istio_build 1', [{ name: 'istio_build', labels: {}, value: 1 }]],
    ['with a time', 'istio_x{} 2 1700000000000', [{ name: 'istio_x', labels: {}, value: 2 }]],
    ['escaped', 'istio_x{p="a\\"b\\\\c}"} 1', [{ name: 'istio_x', labels: { p: 'a"b\\c}' }, value: 1 }]],
    ['infinite', 'istio_x{le="+Inf"} +Inf', []],
    [
      'with braces and an exemplar behind',
      'istio_x{p="a{}b"} 3 # {trace_id="x"} 1',
      [{ name: 'istio_x', labels: { p: 'a{}b' }, value: 3 }],
    ],
    ['with a large number', 'istio_x{} 1.5e+06', [{ name: 'istio_x', labels: {}, value: 1_500_000 }]],
    ['not a number', 'istio_x{} NaN', []],
    ['of words', 'istio_x{} many', []],
    ['comment', '# TYPE istio_x counter', []],
    ['of another name', 'envoy_cluster{} 1', []],
    ['cut in the middle', 'istio_x{a="1', []],
  ])('%s', (_name, line, expected) => {
    expect(parsePrometheusText(line, ['istio_'])).toEqual(expected)
  })
})
