/**
 * SHA-256 of the files as their projects published them, by the file's address. A pin decides over what a mirror says.
 * kind: kind-linux-amd64.sha256sum of v0.33.0; kubectl: dl.k8s.io/release/v1.37.0/bin/linux/amd64/kubectl.sha256.
 * Linkerd publishes none for its edge releases: a checksum that somebody verified can be added here; until then the user
 * confirms the hash.
 */
export const PINNED_CHECKSUMS: Readonly<Record<string, string>> = {
  'https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind-linux-amd64':
    'aee6151561422756b764a4ae28e7f44cda5af5a9eead3cc9985112b1de8d8e0d',
  'https://dl.k8s.io/release/v1.37.0/bin/linux/amd64/kubectl':
    '6129359f4e1f3848a5572ccb0b26cf28b8ca08cef38c95a765b2f64a2c961a2f',
}
