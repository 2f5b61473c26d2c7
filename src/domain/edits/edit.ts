import type { Path } from '../yaml/path.ts'

/** How a text of a request is compared. Source: Istio's StringMatch. */
export interface TextCondition {
  readonly how: 'exact' | 'prefix' | 'regex'
  readonly value: string
}

export type TextField = 'uri' | 'method' | 'scheme' | 'authority'
export type TextMapField = 'headers' | 'withoutHeaders' | 'queryParams'

/** One condition of an HTTPMatchRequest: what a chip of a rule's card stands for. */
export type Condition =
  | { readonly field: TextField; readonly text: TextCondition }
  | { readonly field: TextMapField; readonly name: string; readonly text: TextCondition }
  | { readonly field: 'port'; readonly value: number }
  | { readonly field: 'sourceLabels'; readonly name: string; readonly value: string }
  | { readonly field: 'sourceNamespace'; readonly value: string }

export interface DestinationFields {
  readonly host: string
  readonly subset?: string
  readonly port?: number
}

export interface RetryFields {
  readonly attempts: number
  readonly perTryTimeout?: string
  readonly retryOn?: string
}

/** Percentages are 0 to 100. */
export interface FaultFields {
  readonly delay?: { readonly percentage: number; readonly fixedDelay: string }
  readonly abort?: { readonly percentage: number; readonly httpStatus: number }
}

export interface MirrorFields extends DestinationFields {
  readonly percentage: number
}

/** The lists of rules of a VirtualService; `rules` is that of Gateway API's and Linkerd's routes. */
export type RuleList = 'http' | 'tcp' | 'tls' | 'rules'

/** What the user wants, in the words of the form. `rule` and the others are indexes; absent values remove. */
export type Edit =
  | {
      readonly kind: 'setWeights'
      readonly list?: RuleList
      readonly rule: number
      readonly weights: readonly number[]
    }
  /** `match` may be the number of matches so far: a new alternative. `replaces` names a condition that it takes the place of. */
  | {
      readonly kind: 'setMatch'
      readonly rule: number
      readonly match: number
      readonly condition: Condition
      readonly replaces?: Condition
    }
  | {
      readonly kind: 'removeMatch'
      readonly rule: number
      readonly match: number
      readonly condition: Condition
    }
  | {
      readonly kind: 'addRule'
      readonly index: number
      readonly destination: DestinationFields
      readonly name?: string
      readonly condition?: Condition
    }
  | { readonly kind: 'removeRule'; readonly rule: number }
  | { readonly kind: 'moveRule'; readonly from: number; readonly to: number }
  | { readonly kind: 'addDestination'; readonly rule: number; readonly destination: DestinationFields }
  | { readonly kind: 'removeDestination'; readonly rule: number; readonly index: number }
  | {
      readonly kind: 'setDestination'
      readonly rule: number
      readonly index: number
      readonly destination: DestinationFields
    }
  | { readonly kind: 'setTimeout'; readonly rule: number; readonly timeout: string | undefined }
  | { readonly kind: 'setRetries'; readonly rule: number; readonly retries: RetryFields | undefined }
  | { readonly kind: 'setFault'; readonly rule: number; readonly fault: FaultFields }
  | { readonly kind: 'setMirror'; readonly rule: number; readonly mirror: MirrorFields | undefined }
  | { readonly kind: 'setRuleName'; readonly rule: number; readonly name: string | undefined }
  | { readonly kind: 'setHosts'; readonly hosts: readonly string[] }
  | { readonly kind: 'setGateways'; readonly gateways: readonly string[] }
  | { readonly kind: 'addSubset'; readonly name: string; readonly labels: Readonly<Record<string, string>> }
  | { readonly kind: 'removeSubset'; readonly index: number }
  | {
      readonly kind: 'setSubset'
      readonly index: number
      readonly name: string
      readonly labels: Readonly<Record<string, string>>
    }
  /** `path` inside the `trafficPolicy`; of the subset with the index, or of the whole rule. */
  | {
      readonly kind: 'setTrafficPolicy'
      readonly subset?: number
      readonly path: Path
      readonly value: string | number | boolean | undefined
    }
  /** Any field of any object. Maps and lists on the way are made; keys go where people usually write them. */
  | { readonly kind: 'setPath'; readonly path: Path; readonly value: unknown }
  /** `prune` is how many parents may go too where they would be left empty. */
  | { readonly kind: 'removePath'; readonly path: Path; readonly prune?: number }
  /** `path` names the list of these three; a list that is missing is made. */
  | { readonly kind: 'insertItem'; readonly path: Path; readonly index: number; readonly value: unknown }
  | { readonly kind: 'moveItem'; readonly path: Path; readonly from: number; readonly to: number }
  | { readonly kind: 'removeItem'; readonly path: Path; readonly index: number; readonly prune?: number }
  /** Gives the key that the path ends with another name, in its place. */
  | { readonly kind: 'renameKey'; readonly path: Path; readonly name: string }
