/** Kinds that others need before them: a namespace, a CRD. Source: Helm's install order, pkg/release/v1/util/kind_sorter.go */
const FIRST = ['Namespace', 'CustomResourceDefinition', 'ServiceAccount', 'Secret', 'ConfigMap']

const rankOf = (kind: string): number => {
  const rank = FIRST.indexOf(kind)
  return rank === -1 ? FIRST.length : rank
}

/** Objects in the order in which they can be applied; otherwise as the user wrote them. */
export const inApplyOrder = <Item extends { readonly kind: string }>(items: readonly Item[]): Item[] =>
  items
    .map((item, index) => ({ item, index }))
    .sort((a, b) => rankOf(a.item.kind) - rankOf(b.item.kind) || a.index - b.index)
    .map(({ item }) => item)
