export type Parse<T> = (input: unknown) => T

export interface Call<Input, Output> {
  readonly kind: 'call'
  readonly parse: Parse<Input>
  /** Carries the type only; never present. */
  readonly output?: Output
}

export interface Stream<Input, Item> {
  readonly kind: 'stream'
  readonly parse: Parse<Input>
  readonly item?: Item
}

export type Contract = Readonly<Record<string, Call<any, unknown> | Stream<any, unknown>>>

/** `never` at every place where JSON would lose the value: maps, sets, dates, functions, bigints. */
type JsonSafe<T> = unknown extends T
  ? T // parsed JSON that we pass on without looking inside, such as a Kubernetes object's spec
  : T extends string | number | boolean | null | undefined | void
    ? T
    : T extends
          bigint | symbol | Date | ReadonlyMap<any, any> | ReadonlySet<any> | ((...args: any) => unknown)
      ? never
      : { [K in keyof T]: JsonSafe<T[K]> }

type MustBeJson<T> = [T] extends [JsonSafe<T>] ? [] : ['This type does not survive JSON']

export const call = <Input>(parse: Parse<Input>) => ({
  returns: <Output>(..._: MustBeJson<Output>): Call<Input, Output> => ({ kind: 'call', parse }),
})

export const stream = <Input>(parse: Parse<Input>) => ({
  of: <Item>(..._: MustBeJson<Item>): Stream<Input, Item> => ({ kind: 'stream', parse }),
})

/** What a server must provide: one function for each entry, no more and no fewer. */
export type Handlers<C extends Contract> = {
  [M in keyof C]: C[M] extends Call<infer Input, infer Output>
    ? (input: Input, signal: AbortSignal) => Promise<Output>
    : C[M] extends Stream<infer Input, infer Item>
      ? (input: Input, signal: AbortSignal) => AsyncIterable<Item>
      : never
}

/** What a client gets: the same functions, with an optional signal. */
export type Client<C extends Contract> = {
  [M in keyof C]: C[M] extends Call<infer Input, infer Output>
    ? (input: Input, signal?: AbortSignal) => Promise<Output>
    : C[M] extends Stream<infer Input, infer Item>
      ? (input: Input, signal?: AbortSignal) => AsyncIterable<Item>
      : never
}
