#!/usr/bin/env bash
# The lab's stand-in for linkerd, with what it does not have: certificates that are given are put into its manifests,
# and upgrade and prune write what the real ones do. It notes how it was called.
# Source of the forms: linkerd2, cli/cmd/upgrade.go, prune.go, viz/cmd/prune.go
set -euo pipefail
here=$(dirname "$0")
given=() certificate='' key='' anchors=''
printf '%s\n' "$*" >>"$here/calls"
for ((at = 1; at <= $#; at++)); do
  value=${*:at+1:1}
  case ${!at} in
    --identity-trust-anchors-file) anchors=$value; at=$((at + 1)) ;;
    --identity-issuer-certificate-file) certificate=$value; at=$((at + 1)) ;;
    --identity-issuer-key-file) key=$value; at=$((at + 1)) ;;
    *) given+=("${!at}") ;;
  esac
done
if [[ -n $key ]]; then
  stat -c '%a' "$anchors" "$certificate" "$key" "$(dirname "$key")" >"$here/modes"
  cp "$anchors" "$here/ca.crt" && cp "$certificate" "$here/issuer.crt" && cp "$key" "$here/issuer.key"
fi
# shellcheck disable=SC2016
with_certificates() {
  [[ -f $here/issuer.key ]] || { cat; return; }
  CRT=$(base64 -w0 "$here/issuer.crt") KEY=$(base64 -w0 "$here/issuer.key") CA="$here/ca.crt" awk '
    /^  crt.pem: / { print "  crt.pem: " ENVIRON["CRT"]; next }
    /^  key.pem: / { print "  key.pem: " ENVIRON["KEY"]; next }
    /^  ca-bundle.crt: / { print; while ((getline line < ENVIRON["CA"]) > 0) print "    " line; isOld = 1; next }
    isOld && /^---/ { isOld = 0 }
    !isOld { print }
  '
}
data=$LAB_FOLDER/data
case "${given[*]}" in
  'upgrade --crds'*) sed 's/edge-26\.8\.3/edge-26.9.1/g' "$data/linkerd-crds.yaml" ;;
  upgrade*) sed 's/edge-26\.8\.3/edge-26.9.1/g' "$data/linkerd-control-plane.yaml" | with_certificates ;;
  prune*) printf 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: linkerd-linkerd-of-before\n---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: httproutes.gateway.networking.k8s.io\n' ;;
  'viz prune'*) ;;
  version*) if [[ -f $here/newer ]]; then echo 'Client version: edge-26.9.1'; else "$LAB_FOLDER/linkerd" "${given[@]}"; fi ;;
  'install --context'* | 'install --ha'*) "$LAB_FOLDER/linkerd" "${given[@]}" | with_certificates ;;
  *) exec "$LAB_FOLDER/linkerd" "${given[@]}" ;;
esac
