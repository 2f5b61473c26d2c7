import type { LinkerdInstall, PreparedIdentity } from '../../../../shared/contract/setup/linkerd.ts'

/** An installation as the form wishes it. */
export interface LinkerdRequest {
  readonly input: LinkerdInstall
  readonly prepared: PreparedIdentity | undefined
}
