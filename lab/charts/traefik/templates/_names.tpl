{{- define "traefik.fullname" -}}
{{- ternary .Release.Name (printf "%s-traefik" .Release.Name) (contains "traefik" .Release.Name) | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "traefik.selector" -}}
app.kubernetes.io/name: traefik
app.kubernetes.io/instance: {{ printf "%s-%s" .Release.Name .Release.Namespace | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "traefik.labels" -}}
{{ include "traefik.selector" . }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
