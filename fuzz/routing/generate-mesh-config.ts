import type { Random } from './random.ts'
import type { Fields } from './world.ts'

/**
 * Settings of the mesh that change where requests go. The path's normalization is a listener's, which the oracle of routes
 * has of its own: `fuzz/policy` compares that.
 */
export const generateMeshConfig = (random: Random): Fields => ({
  ...random.maybe(0.25, () => ({ outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } })),
  ...random.maybe(0.1, () => ({
    defaultHttpRetryPolicy: random.pick([
      { attempts: 0 },
      { attempts: 4 },
      { attempts: 3, retryOn: '5xx', perTryTimeout: '3s' },
    ]),
  })),
  ...random.maybe(0.06, () => ({ defaultServiceExportTo: random.pick([['.'], ['*'], ['shop']]) })),
  ...random.maybe(0.06, () => ({
    defaultVirtualServiceExportTo: random.pick([['.'], ['*'], ['default', 'istio-system']]),
  })),
  ...random.maybe(0.06, () => ({ defaultDestinationRuleExportTo: random.pick([['.'], ['*'], ['shop']]) })),
})
