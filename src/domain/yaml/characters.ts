export const TAB = 9
export const NEWLINE = 10
export const RETURN = 13
export const SPACE = 32
export const EXCLAMATION = 33
export const DOUBLE_QUOTE = 34
export const HASH = 35
export const PERCENT = 37
export const AMPERSAND = 38
export const SINGLE_QUOTE = 39
export const ASTERISK = 42
export const PLUS = 43
export const COMMA = 44
export const DASH = 45
export const DOT = 46
export const COLON = 58
export const LESS = 60
export const GREATER = 62
export const QUESTION = 63
export const OPEN_BRACKET = 91
export const BACKSLASH = 92
export const CLOSE_BRACKET = 93
export const OPEN_BRACE = 123
export const PIPE = 124
export const CLOSE_BRACE = 125
export const BYTE_ORDER_MARK = 0xfeff

/** White space, or the end of the text. */
export const isEmpty = (code: number): boolean =>
  code === SPACE || code === NEWLINE || code === TAB || code === RETURN || Number.isNaN(code)
export const isFlowIndicator = (code: number): boolean =>
  code === COMMA ||
  code === OPEN_BRACKET ||
  code === CLOSE_BRACKET ||
  code === OPEN_BRACE ||
  code === CLOSE_BRACE
export const isTagCharacter = (code: number): boolean =>
  /[-0-9A-Za-z#;/?:@&=+$_.!~*'()]/.test(String.fromCharCode(code))
export const isHexDigit = (code: number): boolean => /[0-9A-Fa-f]/.test(String.fromCharCode(code))
