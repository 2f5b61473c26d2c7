import type { Path } from '../yaml/path.ts'

/** The order in which people and Istio's documentation write the keys of a map, by the name of the map's field. */
const orders: readonly { readonly isAt: (path: string) => boolean; readonly keys: readonly string[] }[] = [
  { isAt: path => path === '', keys: ['apiVersion', 'kind', 'metadata', 'spec', 'status'] },
  { isAt: path => path === 'metadata', keys: ['name', 'namespace', 'labels', 'annotations'] },
  {
    isAt: path => path === 'spec',
    keys: ['exportTo', 'hosts', 'host', 'gateways', 'http', 'tls', 'tcp', 'trafficPolicy', 'subsets'],
  },
  {
    isAt: path => /^spec\.(?:http|tcp|tls)\.\d+$/.test(path),
    keys: [
      'name',
      'match',
      'redirect',
      'directResponse',
      'delegate',
      'rewrite',
      'fault',
      'route',
      'mirror',
      'mirrorPercentage',
      'mirrors',
      'timeout',
      'retries',
      'corsPolicy',
      'headers',
    ],
  },
  { isAt: path => /\.route\.\d+$/.test(path), keys: ['destination', 'weight', 'headers'] },
  { isAt: path => /(?:\.destination|\.mirror)$/.test(path), keys: ['host', 'subset', 'port'] },
  { isAt: path => path.endsWith('.retries'), keys: ['attempts', 'perTryTimeout', 'retryOn'] },
  { isAt: path => /\.subsets\.\d+$/.test(path), keys: ['name', 'labels', 'trafficPolicy'] },
]

/** The usual order of the keys of the map at a path. */
export function usualKeyOrder(path: Path): readonly string[] {
  const text = path.join('.')
  return orders.find(({ isAt }) => isAt(text))?.keys ?? []
}
