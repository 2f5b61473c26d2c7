import type { LinkerdInstall, PreparedIdentity } from '../../../../shared/contract/setup/linkerd.ts'

/** An installation as the form requests it. */
export interface LinkerdRequest {
  readonly input: LinkerdInstall
  readonly prepared: PreparedIdentity | undefined
}
