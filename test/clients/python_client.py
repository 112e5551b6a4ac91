# A program that uses python3-kubernetes as programs do. It says what it sees, a line each.
import json

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException

config.load_kube_config()
core = client.CoreV1Api()
apps = client.AppsV1Api()


def refusal(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except ApiException as error:
        return "%s %s" % (error.status, json.loads(error.body)["reason"])
    return "done"


body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="settings", labels={"app": "web"}), data={"colour": "blue"})
created = core.create_namespaced_config_map("default", body)
print("created", created.metadata.name, created.metadata.creation_timestamp.year)
print("again", refusal(core.create_namespaced_config_map, "default", body))
print("missing", refusal(core.read_namespaced_config_map, "nothing", "default"))
read = core.read_namespaced_config_map("settings", "default")
read.data["colour"] = "green"
print("replaced", core.replace_namespaced_config_map("settings", "default", read).data)
print("stale", refusal(core.replace_namespaced_config_map, "settings", "default", read))
print("patched", core.patch_namespaced_config_map("settings", "default", {"data": {"size": "small"}}).data)
changes = [{"op": "remove", "path": "/data/size"}]
print("patched", core.patch_namespaced_config_map("settings", "default", changes).data)
found = core.list_namespaced_config_map("default", label_selector="app=web", limit=1)
print("listed", [one.metadata.name for one in found.items])

labels = {"app": "web"}
container = client.V1Container(name="web", image="nginx", ports=[client.V1ContainerPort(container_port=80)])
template = client.V1PodTemplateSpec(metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=[container]))
spec = client.V1DeploymentSpec(replicas=2, selector=client.V1LabelSelector(match_labels=labels), template=template)
apps.create_namespaced_deployment("default", client.V1Deployment(metadata=client.V1ObjectMeta(name="web"), spec=spec))
# Its own clock watches, from the list on, until both pods are ready.
ready = set()
stream = watch.Watch()
for event in stream.stream(core.list_namespaced_pod, "default", label_selector="app=web", timeout_seconds=60):
    pod = event["object"]
    if any(one.type == "Ready" and one.status == "True" for one in pod.status.conditions or []):
        ready.add(pod.metadata.name)
    if len(ready) == 2:
        stream.stop()
print("ready", len(ready))
print("log", repr(core.read_namespaced_pod_log(sorted(ready)[0], "default")))
print("scaled", apps.patch_namespaced_deployment_scale("web", "default", {"spec": {"replicas": 1}}).spec.replicas)

dyn = dynamic.DynamicClient(client.ApiClient())
services = dyn.resources.get(api_version="v1", kind="Service")
manifest = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}


def apply(manager, force=None):
    return services.patch(
        body=json.dumps(manifest).encode(),
        name="web",
        namespace="default",
        content_type="application/apply-patch+yaml",
        field_manager=manager,
        **({} if force is None else {"force_conflicts": force}),
    )


applied = apply("python")
print("applied", applied.spec.type, [one.manager for one in applied.metadata.managedFields])
manifest["spec"]["ports"][0]["targetPort"] = 8080
print("applied", apply("python").spec.ports[0].targetPort)
manifest["spec"]["selector"] = {"app": "other"}
try:
    apply("another")
except dynamic.exceptions.ConflictError as error:
    print("conflict", json.loads(error.body)["details"]["causes"][0]["field"])
for event in services.watch(namespace="default", field_selector="metadata.name=web", timeout=5):
    print("watched", event["type"], event["object"].metadata.name)
    break

definitions = dyn.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
definitions.create(
    {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"plural": "widgets", "kind": "Widget"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
)
dyn = dynamic.DynamicClient(client.ApiClient())
widgets = dyn.resources.get(api_version="example.com/v1", kind="Widget")
widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "one"}, "spec": {"size": 3}}
print("custom", widgets.create(widget, namespace="default").spec.size)
widget["spec"]["size"] = "large"
try:
    widgets.patch(widget, namespace="default", content_type="application/merge-patch+json")
except dynamic.exceptions.UnprocessibleEntityError as error:
    print("custom", json.loads(error.body)["reason"])

core.delete_namespaced_config_map("settings", "default")
print("deleted", refusal(core.read_namespaced_config_map, "settings", "default"))
