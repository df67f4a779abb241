{{- define "tradingstack-operator.relay.name" -}}
{{- printf "%s-relay" (include "tradingstack-operator.fullname" . | trunc 57 | trimSuffix "-") -}}
{{- end -}}

{{/* Its pods are not the operator's: Services, budgets and policies must not mix them up. */}}
{{- define "tradingstack-operator.relay.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-relay
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The component is what the network policies of the stacks let in. */}}
{{- define "tradingstack-operator.relay.labels" -}}
{{ include "tradingstack-operator.relay.selectorLabels" . }}
app.kubernetes.io/component: halt-relay
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}
