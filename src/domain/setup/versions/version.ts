/** A version as it is compared: `v1.35.8`, `1.35` and `edge-26.9.1` all have these parts. */
export interface Version {
  readonly major: number
  readonly minor: number
  /** Absent where only a minor version was named: `1.35` stands for all of its patches. */
  readonly patch?: number
  /** What follows a hyphen: `rc.0`. */
  readonly prerelease?: string
}

const FORM = /^(?:v|edge-|version-|stable-)?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[-+]([0-9A-Za-z.+-]+))?$/

/** The parts of a version, or undefined where the text is none. */
export function readVersion(text: string): Version | undefined {
  const [, major, minor, patch, prerelease] = FORM.exec(text.trim()) ?? []
  if (major === undefined || minor === undefined) return undefined
  return {
    major: Number(major),
    minor: Number(minor),
    ...(patch === undefined ? {} : { patch: Number(patch) }),
    ...(prerelease === undefined ? {} : { prerelease }),
  }
}

/** Below zero where `a` is older than `b`. A version without a patch is its first; a text that is no version is oldest. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [readVersion(a), readVersion(b)]
  if (!left || !right) return Number(left !== undefined) - Number(right !== undefined)
  return (
    left.major - right.major ||
    left.minor - right.minor ||
    (left.patch ?? 0) - (right.patch ?? 0) ||
    // https://semver.org/#spec-item-11: a prerelease is older than its release.
    Number(left.prerelease === undefined) - Number(right.prerelease === undefined)
  )
}

/** `1.35` of `v1.35.8`; the text itself where it is no version. */
export function minorOf(text: string): string {
  const version = readVersion(text)
  return version ? `${version.major}.${version.minor}` : text
}

/** Whether a release is what was requested: `1.35` is met by `1.35.8`, `1.35.8` only by itself. */
export function isVersionMet(release: string, requested: string): boolean {
  const [has, wanted] = [readVersion(release), readVersion(requested)]
  if (!has || !wanted || has.major !== wanted.major || has.minor !== wanted.minor) return false
  if (wanted.patch === undefined) return has.prerelease === undefined
  return (has.patch ?? 0) === wanted.patch && has.prerelease === wanted.prerelease
}
