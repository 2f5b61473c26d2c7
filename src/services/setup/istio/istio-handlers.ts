import type { Backend } from '../../../shared/contract.ts'
import type { SetupDependencies } from '../setup-dependencies.ts'
import { readIstioState } from './istio-cluster.ts'
import { openIstio, quietStep } from './open-istio.ts'
import { planInstall } from './plan-istio.ts'
import { planUninstall } from './plan-uninstall.ts'

/** The window's side of Istio: state, checks and previews. What changes a cluster is a task. */
export function createIstioHandlers(
  dependencies: SetupDependencies,
): Pick<Backend, 'readIstio' | 'precheckIstio' | 'planIstio'> {
  return {
    readIstio: ({ context }, signal) => readIstioState(dependencies.clusters.client(context), signal),
    async precheckIstio(input, signal) {
      const step = quietStep(signal)
      return (await openIstio(dependencies, input, step)).precheck(step)
    },
    planIstio: (input, signal) =>
      input.action === 'install'
        ? planInstall(dependencies, input, quietStep(signal))
        : planUninstall(dependencies, input, signal),
  }
}
