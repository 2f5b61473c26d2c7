import { findRefusals } from '../routing/refusals.ts'
import type { Check } from './check.ts'

/** IST0106: what Istio's webhook would refuse. */
export const validation: Check = ({ objects }) =>
  findRefusals(objects).map(({ object, path, message }) => ({
    code: 'IST0106',
    severity: 'error',
    object,
    path,
    message: `Istio refuses it: ${message}`,
  }))
