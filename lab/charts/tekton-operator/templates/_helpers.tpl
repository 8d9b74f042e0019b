{{- define "tekton-operator.labels" -}}
app.kubernetes.io/name: tekton-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "tekton-operator.selector" -}}
app.kubernetes.io/name: tekton-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tekton-operator.pod" -}}
serviceAccountName: tekton-operator
{{- with .Values.podSecurityContext }}
securityContext: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "tekton-operator.env" -}}
- {name: SYSTEM_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
- {name: METRICS_DOMAIN, value: tekton.dev/operator}
- {name: CONFIG_LOGGING_NAME, value: tekton-operator-config-logging}
{{- end }}

{{- define "tekton-operator.operator-env" -}}
{{ include "tekton-operator.env" . }}
- {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
- {name: OPERATOR_NAME, value: tekton-operator}
- {name: VERSION, value: {{ .Chart.AppVersion | quote }}}
- {name: IMAGE_PIPELINES_PROXY, value: "ghcr.io/tektoncd/operator/proxy-webhook-f6167da7bc41b96a27c5529f850e63d1:{{ .Chart.AppVersion }}"}
# The job that this image is for does not run here; the operator does not start without a name of one.
- {name: IMAGE_JOB_PRUNER_TKN, value: "ghcr.io/tektoncd/plumbing/tkn:none"}
- {name: AUTOINSTALL_COMPONENTS, value: {{ .Values.operator.autoInstallComponents | quote }}}
- {name: DEFAULT_TARGET_NAMESPACE, value: {{ .Values.operator.defaultTargetNamespace | quote }}}
- {name: CONFIG_OBSERVABILITY_NAME, value: tekton-operator-observability}
{{- end }}
