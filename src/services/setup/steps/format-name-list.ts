const NAME_LIMIT = 20

/** A list of names that stays readable. */
export const formatNameList = (names: readonly string[]): string =>
  names.length <= NAME_LIMIT
    ? names.join(', ')
    : `${names.slice(0, NAME_LIMIT).join(', ')} and ${names.length - NAME_LIMIT} more`
