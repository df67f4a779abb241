{{- define "tradingstack-operator.webhook.name" -}}
{{- printf "%s-webhook" (include "tradingstack-operator.fullname" . | trunc 55 | trimSuffix "-") -}}
{{- end -}}

{{/* Its pods are not the operator's: Services, budgets and policies must not mix them up. */}}
{{- define "tradingstack-operator.webhook.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-webhook
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tradingstack-operator.webhook.labels" -}}
{{ include "tradingstack-operator.webhook.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* The Secret with the certificate; without one, or with two sources of it, nothing is rendered. */}}
{{- define "tradingstack-operator.webhook.secret" -}}
{{- $certificate := .Values.webhook.certificate -}}
{{- if and $certificate.certManager.enabled $certificate.secretName -}}
{{- fail "webhook.certificate: secretName and certManager.enabled exclude each other" -}}
{{- else if $certificate.certManager.enabled -}}
{{- if not $certificate.certManager.issuer.name -}}
{{- fail "webhook.certificate.certManager.issuer.name: name the Issuer or ClusterIssuer to sign with" -}}
{{- end -}}
{{- include "tradingstack-operator.webhook.name" . -}}
{{- else if not $certificate.secretName -}}
{{- fail "webhook.certificate: give secretName and caBundle, or set certManager.enabled" -}}
{{- else if not $certificate.caBundle -}}
{{- fail "webhook.certificate.caBundle: the API server trusts no certificate without it; give the CA of the certificate in secretName, base64 of PEM" -}}
{{- else -}}
{{- $certificate.secretName -}}
{{- end -}}
{{- end -}}

{{/* How the API server finds the webhook. */}}
{{- define "tradingstack-operator.webhook.clientConfig" -}}
service:
  namespace: {{ .Release.Namespace }}
  name: {{ include "tradingstack-operator.webhook.name" . }}
  path: /review
  port: 443
{{- with .Values.webhook.certificate.caBundle }}
caBundle: {{ . }}
{{- end }}
{{- end -}}
