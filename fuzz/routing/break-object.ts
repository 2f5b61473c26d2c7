import type { Random } from './random.ts'
import type { Fields } from './world.ts'

const fieldsOf = (value: unknown): Fields => value as Fields

/** One change each that makes istiod refuse a VirtualService. */
const faults: readonly ((rule: Fields, spec: Fields) => void)[] = [
  rule => {
    delete rule['route']
    delete rule['redirect']
    delete rule['directResponse']
    delete rule['delegate']
  },
  rule => (rule['match'] = [{ uri: { regex: '/(' } }]),
  rule => (rule['match'] = [{ headers: { 'bad name': { exact: 'x' } } }]),
  rule => (rule['match'] = [{ headers: { good: { prefix: '' } } }]),
  rule => (rule['match'] = [{ method: { regex: '*' } }]),
  rule => (rule['match'] = [{ port: 70_000 }]),
  rule => (rule['timeout'] = '0.0001s'),
  rule => (rule['retries'] = { attempts: -1 }),
  rule => (rule['retries'] = { attempts: 0, retryOn: '5xx' }),
  rule => (rule['retries'] = { attempts: 2, retryOn: 'never' }),
  rule => (rule['fault'] = {}),
  rule => (rule['fault'] = { abort: { httpStatus: 100, percentage: { value: 1 } } }),
  rule => (rule['fault'] = { delay: { fixedDelay: '1s', percentage: { value: 101 } } }),
  rule => (rule['fault'] = { abort: { grpcStatus: 'BAD', percentage: { value: 1 } } }),
  rule => (rule['route'] = [{ destination: { host: '*' } }]),
  rule => (rule['route'] = [{ destination: { host: 'a b' } }]),
  rule => (rule['route'] = [{ weight: 100 }]),
  rule => (rule['route'] = [{ destination: { host: 'api', subset: 'V_1' } }]),
  rule =>
    (rule['route'] = [
      { destination: { host: 'api' }, weight: 0 },
      { destination: { host: 'web' }, weight: 0 },
    ]),
  rule => (rule['route'] = [{ destination: { host: 'api' }, weight: -1 }]),
  rule => (rule['redirect'] = {}),
  rule => (rule['redirect'] = { uri: '/x', redirectCode: 200 }),
  rule => (rule['rewrite'] = {}),
  rule => (rule['rewrite'] = { uri: '/x', uriRegexRewrite: { match: 'a', rewrite: 'b' } }),
  rule => (rule['headers'] = { request: { set: { ':path': '/x' } } }),
  rule => (rule['headers'] = { request: { remove: ['host'] } }),
  rule => (rule['headers'] = { request: { set: { 'x-a': '%REQ(x-user):2%' } } }),
  rule => (rule['headers'] = { response: { add: { 'x-a': '50%' } } }),
  rule => (rule['headers'] = { request: { set: { 'x-a': '%DYNAMIC_METADATA(["a", "b"]%' } } }),
  rule => (rule['corsPolicy'] = { allowMethods: ['get'] }),
  rule => (rule['mirror'] = { host: '*' }),
  (_rule, spec) => (spec['exportTo'] = ['.', '.']),
  (_rule, spec) => (spec['exportTo'] = ['*', 'shop']),
  (_rule, spec) => (spec['hosts'] = ['a.com', '*.com']),
  (_rule, spec) => (spec['hosts'] = ['bad_host!']),
  (_rule, spec) => (spec['http'] = []),
  (_rule, spec) => (spec['gateways'] = ['a/b/c']),
]

/** The objects with one thing wrong in a VirtualService, though not each change breaks each object. */
export function breakObject(random: Random, objects: readonly Fields[]): Fields[] {
  const copies = objects.map(object => structuredClone(object))
  const target = random.pick(copies.filter(object => object['kind'] === 'VirtualService'))
  const spec = fieldsOf(target['spec'])
  random.pick(faults)(random.pick(spec['http'] as Fields[]), spec)
  return copies
}
