import type { IstioInstall, IstioUninstall } from '../../../../shared/contract/setup/istio.ts'

/** What is previewed before it is done. */
export type IstioAction =
  ({ readonly action: 'install' } & IstioInstall) | ({ readonly action: 'uninstall' } & IstioUninstall)
