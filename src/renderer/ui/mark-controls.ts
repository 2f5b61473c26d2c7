/** Characters that turn or hide the order of what stands around them. Source: Unicode 16, UAX #9, section 2. */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/**
 * A text of the cluster as it may be drawn: control characters of writing directions are visible marks, `⟨U+202E⟩`, so
 * that no name, label or message looks like another one. Only for what is shown: what is sent stays as it is.
 */
export const markControls = (text: string): string =>
  text.replace(
    BIDI_CONTROLS,
    character => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  )
