/** The programs that the app runs for its user. */
export const TOOL_NAMES = [
  'kubectl',
  'kind',
  'minikube',
  'istioctl',
  'linkerd',
  'cloud-provider-kind',
] as const
export type ToolName = (typeof TOOL_NAMES)[number]
