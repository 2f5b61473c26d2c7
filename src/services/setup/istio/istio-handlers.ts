import type { Backend } from '../../../shared/contract.ts'
import type { SetupSetting } from '../setup-dependencies.ts'
import { readIstioState } from './istio-cluster.ts'
import { openIstio, quietStep } from './open-istio.ts'
import { planInstall } from './plan-istio.ts'
import { planUninstall } from './plan-uninstall.ts'

/** The window's side of Istio: state, checks and previews. What changes a cluster is a task. */
export function createIstioHandlers(
  setting: SetupSetting,
): Pick<Backend, 'readIstio' | 'precheckIstio' | 'planIstio'> {
  return {
    readIstio: ({ context }, signal) => readIstioState(setting.clusters.client(context), signal),
    async precheckIstio(input, signal) {
      const step = quietStep(signal)
      return (await openIstio(setting, input, step)).precheck(step)
    },
    planIstio: (input, signal) =>
      input.action === 'install'
        ? planInstall(setting, input, quietStep(signal))
        : planUninstall(setting, input, signal),
  }
}
