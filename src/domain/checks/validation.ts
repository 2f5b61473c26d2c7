import { memoize } from '../istio/memoize.ts'
import { validateObjects } from '../istio/validation/validate-objects.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { Check, Finding } from './check.ts'

/** An object that did not change is not read again. */
const validate = memoize((object: KubernetesObject): readonly Finding[] =>
  validateObjects([object]).map(({ path, message }) => ({
    code: 'IST0106',
    severity: 'error',
    object,
    path,
    message: `Istio refuses it: ${message}`,
  })),
)

/** IST0106: what Istio's webhook would refuse. */
export const validation: Check = ({ objects }) => objects.flatMap(validate)
