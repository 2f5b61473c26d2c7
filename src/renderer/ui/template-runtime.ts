import * as vue from 'vue'
import { markControls } from './mark-controls.ts'

/**
 * What compiled templates call (`runtimeModuleName` in `vue-plugin.ts`): Vue's own functions, with the control
 * characters of writing directions made visible in every text and tooltip. One place for all views: whatever a template
 * draws passes through here, so that no view has to remember it.
 */
export * from 'vue'

/** `{{ value }}` */
export const toDisplayString = (value: unknown): string => markControls(vue.toDisplayString(value))

/** Attributes that are shown or read aloud. */
const SHOWN_ATTRIBUTES = ['title', 'aria-label', 'aria-description', 'alt', 'placeholder'] as const

function markAttributes<T>(props: T): T {
  if (typeof props !== 'object' || props === null) return props
  let marked: Record<string, unknown> | undefined
  for (const name of SHOWN_ATTRIBUTES) {
    const value = (props as Readonly<Record<string, unknown>>)[name]
    if (typeof value !== 'string') continue
    const shown = markControls(value)
    if (shown !== value) marked = { ...(marked ?? props), [name]: shown }
  }
  return (marked as T | undefined) ?? props
}

export const createElementVNode: typeof vue.createElementVNode = (type, props, ...rest) =>
  vue.createElementVNode(type, markAttributes(props), ...rest)

export const createElementBlock: typeof vue.createElementBlock = (type, props, ...rest) =>
  vue.createElementBlock(type, markAttributes(props), ...rest)

/** A component hands such an attribute on to what it draws. */
export const createVNode: typeof vue.createVNode = (type, props, ...rest) =>
  vue.createVNode(type, markAttributes(props), ...rest)

export const createBlock: typeof vue.createBlock = (type, props, ...rest) =>
  vue.createBlock(type, markAttributes(props), ...rest)
