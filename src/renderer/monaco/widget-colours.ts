/** Colours of the page's tokens, each as `#rrggbb` or `#rrggbbaa`. */
export interface WidgetTokens {
  readonly text: string
  readonly second: string
  readonly accent: string
  readonly onAccent: string
  readonly line: string
  readonly raised: string
  readonly hover: string
  readonly surface: string
  readonly field: string
  readonly scroll: string
  readonly shadow: string
}

/**
 * Everything of Monaco that floats over or beside the text: menus, lists, fields, buttons and hovers. What is not set
 * keeps the colours of VS Code's own theme. Source: https://code.visualstudio.com/api/references/theme-color
 */
export function widgetColours(tokens: WidgetTokens): Readonly<Record<string, string>> {
  const { text, second, accent, onAccent, line, raised, hover, surface, field, scroll, shadow } = tokens
  const tint = (strength: string): string => `${accent.slice(0, 7)}${strength}`
  return {
    foreground: text,
    descriptionForeground: second,
    disabledForeground: second,
    'icon.foreground': second,
    'widget.shadow': shadow,
    'widget.border': line,
    'textLink.foreground': accent,
    'textLink.activeForeground': accent,
    'selection.background': tint('44'),

    'menu.background': raised,
    'menu.foreground': text,
    'menu.border': line,
    'menu.separatorBackground': line,
    'menu.selectionBackground': tint('24'),
    'menu.selectionForeground': text,
    'toolbar.hoverBackground': hover,

    'list.hoverBackground': hover,
    'list.hoverForeground': text,
    'list.activeSelectionBackground': tint('33'),
    'list.activeSelectionForeground': text,
    'list.activeSelectionIconForeground': text,
    'list.inactiveSelectionBackground': tint('24'),
    'list.inactiveSelectionForeground': text,
    'list.focusBackground': tint('33'),
    'list.focusForeground': text,
    'list.focusOutline': '#00000000',
    'list.highlightForeground': accent,
    'list.focusHighlightForeground': accent,

    'input.background': field,
    'input.foreground': text,
    'input.border': line,
    'input.placeholderForeground': second,
    'inputOption.activeBackground': tint('33'),
    'inputOption.activeForeground': text,
    'inputOption.activeBorder': accent,
    'inputOption.hoverBackground': hover,
    'dropdown.background': raised,
    'dropdown.foreground': text,
    'dropdown.border': line,
    'dropdown.listBackground': raised,
    'button.background': accent,
    'button.foreground': onAccent,
    'button.hoverBackground': accent,
    'badge.background': hover,
    'badge.foreground': text,
    'keybindingLabel.background': hover,
    'keybindingLabel.foreground': text,
    'keybindingLabel.border': line,
    'keybindingLabel.bottomBorder': line,

    'quickInput.background': raised,
    'quickInput.foreground': text,
    'quickInputList.focusBackground': tint('33'),
    'quickInputList.focusForeground': text,
    'quickInputTitle.background': raised,
    'pickerGroup.foreground': accent,
    'pickerGroup.border': line,

    'editorWidget.background': raised,
    'editorWidget.foreground': text,
    'editorWidget.border': line,
    'editorWidget.resizeBorder': accent,
    'editorHoverWidget.background': raised,
    'editorHoverWidget.foreground': text,
    'editorHoverWidget.border': line,
    'editorHoverWidget.statusBarBackground': surface,
    'editorHoverWidget.highlightForeground': accent,
    'editorSuggestWidget.background': raised,
    'editorSuggestWidget.foreground': text,
    'editorSuggestWidget.border': line,
    'editorSuggestWidget.selectedBackground': tint('33'),
    'editorSuggestWidget.selectedForeground': text,
    'editorSuggestWidget.selectedIconForeground': text,
    'editorSuggestWidget.highlightForeground': accent,
    'editorSuggestWidget.focusHighlightForeground': accent,
    'editorSuggestWidgetStatus.foreground': second,
    'editorActionList.background': raised,
    'editorActionList.foreground': text,
    'editorActionList.focusBackground': tint('33'),
    'editorActionList.focusForeground': text,
    'editorMarkerNavigation.background': surface,
    'peekView.border': accent,
    'peekViewTitle.background': raised,
    'peekViewTitleLabel.foreground': text,
    'peekViewTitleDescription.foreground': second,
    'peekViewEditor.background': surface,
    'peekViewResult.background': raised,
    'editor.foldBackground': tint('14'),
    'editor.findMatchBackground': tint('55'),
    'editor.findMatchHighlightBackground': tint('2e'),
    'editor.wordHighlightBackground': tint('24'),
    'editorBracketMatch.background': tint('24'),
    'editorBracketMatch.border': line,
    'editorIndentGuide.background1': line,
    'editorIndentGuide.activeBackground1': second,
    'editorStickyScroll.background': surface,
    'scrollbarSlider.background': `${scroll.slice(0, 7)}99`,
    'scrollbarSlider.hoverBackground': `${scroll.slice(0, 7)}cc`,
    'scrollbarSlider.activeBackground': scroll,
    'progressBar.background': accent,
    'diffEditor.unchangedRegionBackground': raised,
    'diffEditor.unchangedRegionForeground': second,
    'diffEditor.unchangedRegionShadow': '#00000000',
  }
}
