/**
 * Bodies of the wrong types, and what kubectl 1.36.3 says when it decodes them (`kubectl set serviceaccount --local -f …`,
 * which decodes with the same serializer as the API server).
 */
export const REFUSED: [body: string, complaint: string][] = [
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x"},"spec":{"replicas":"3"}}',
    'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":5},"spec":{"replicas":"3"}}',
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x","labels":{"a":1}}}',
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x","labels":"a"}}',
    'json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":1.5}}',
    'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":99999999999}}',
    'json: cannot unmarshal number 99999999999 into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":"x"}',
    'json: cannot unmarshal string into Go struct field Deployment.spec of type v1.DeploymentSpec',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":{"name":"x"}}}}}',
    'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"name":"x","ports":[{"containerPort":"80","protocol":7}]}]}}}}',
    'json: cannot unmarshal string into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"name":"x","ports":[{"protocol":7}]}]}}}}',
    'json: cannot unmarshal number into Go struct field ContainerPort.spec.template.spec.containers.ports.protocol of type v1.Protocol',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"volumes":[{"name":"x","hostPath":"/a"}]}}}}',
    'json: cannot unmarshal string into Go struct field Volume.spec.template.spec.volumes.VolumeSource.hostPath of type v1.HostPathVolumeSource',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":true}}}]}}}}',
    'json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.template.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":1.5}}}]}}}}',
    'json: cannot unmarshal number 1.5 into Go struct field HTTPGetAction.spec.template.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"livenessProbe":{"exec":{"command":"ls"}}}]}}}}',
    'json: cannot unmarshal string into Go struct field ExecAction.spec.template.spec.containers.livenessProbe.ProbeHandler.exec.command of type []string',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":"abc"}}}]}}}}',
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":"1mm"}}}]}}}}',
    "unable to parse quantity's suffix",
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":true}}}]}}}}',
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"resources":{"limits":"x"}}]}}}}',
    'json: cannot unmarshal string into Go struct field ResourceRequirements.spec.template.spec.containers.resources.limits of type v1.ResourceList',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"creationTimestamp":"yesterday"}}',
    'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"creationTimestamp":5}}',
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"creationTimestamp":"2020-13-01T00:00:00Z"}}',
    'parsing time "2020-13-01T00:00:00Z": month out of range',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"creationTimestamp":"2020-02-30T00:00:00Z"}}',
    'parsing time "2020-02-30T00:00:00Z": day out of range',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"creationTimestamp":"2020-02-20T00:00:00"}}',
    'parsing time "2020-02-20T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"creationTimestamp":"2020-02-20 00:00:00Z"}}',
    'parsing time "2020-02-20 00:00:00Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 00:00:00Z" as "T"',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"creationTimestamp":"2020-02-20T25:00:00Z"}}',
    'parsing time "2020-02-20T25:00:00Z": hour out of range',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"creationTimestamp":"2020-02-20T05:00:00Zx"}}',
    'parsing time "2020-02-20T05:00:00Zx": extra text: "x"',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"creationTimestamp":""}}',
    'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":3},"spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":"abc"}}}]}}}}',
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    '{"apiVersion":"v1","kind":"ReplicationController","spec":{"selector":[1]}}',
    'json: cannot unmarshal array into Go struct field ReplicationControllerSpec.spec.selector of type map[string]string',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"finalizers":"x"}}',
    'json: cannot unmarshal string into Go struct field ObjectMeta.metadata.finalizers of type []string',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"finalizers":[1]}}',
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.finalizers of type string',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"ownerReferences":[{"controller":"yes"}]}}',
    'json: cannot unmarshal string into Go struct field OwnerReference.metadata.ownerReferences.controller of type bool',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"ephemeralContainers":[{"name":1}]}}}}',
    'json: cannot unmarshal number into Go struct field EphemeralContainer.spec.template.spec.ephemeralContainers.EphemeralContainerCommon.name of type string',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"env":[{"name":"A","value":1}]}]}}}}',
    'json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
  ],
  [
    '{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"env":[{"valueFrom":{"secretKeyRef":{"name":1}}}]}]}}}}',
    'json: cannot unmarshal number into Go struct field SecretKeySelector.spec.template.spec.containers.env.valueFrom.secretKeyRef.LocalObjectReference.name of type string',
  ],
];
