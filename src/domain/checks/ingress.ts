import type { Check, Finding } from './check.ts'

/** MWB0160: an Ingress, or a part of one, that Istio passes over though it seems to be for it. */
export const ignoredIngresses: Check = ({ mesh, isWholeCluster }) =>
  mesh.ignoredIngresses
    .filter(({ isForOthers, field }) => !isForOthers && (isWholeCluster || field !== 'spec.ingressClassName'))
    .map(({ ingress, field, reason }): Finding => ({
      code: 'MWB0160',
      severity: 'warning',
      object: ingress.object,
      path: field,
      message: reason,
    }))
