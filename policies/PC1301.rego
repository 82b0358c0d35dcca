# METADATA
# title: No paths of the host as volumes
# description: A volume must not be of type hostPath.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
# custom:
#   id: PC1301
#   severity: high
#   layer: cluster
#   why: A path of the node inside a container leads out of it. The socket of the container runtime, the credentials of the kubelet and the files of other pods are within reach.
#   remediation: use an emptyDir, a projected volume or a PersistentVolumeClaim
#   controls: [cis-kubernetes-5.2.12, pss-baseline]
#   bad: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#       volumes:
#       - name: logs
#         hostPath: {path: /var/log}
#   good: |
#     apiVersion: v1
#     kind: Pod
#     metadata: {name: web}
#     spec:
#       containers:
#       - name: web
#         image: registry.example/web:1.4
#       volumes:
#       - name: logs
#         emptyDir: {}
package portcullis.builtin.PC1301

import data.portcullis.lib

deny contains {"msg": msg, "path": path} if {
	some i, volume in lib.pod.volumes
	is_object(volume.hostPath)
	host := object.get(volume, ["hostPath", "path"], "")
	path := array.concat(lib.pod_path, ["volumes", i, "hostPath", "path"])
	msg := sprintf("volume %q mounts %q of the node", [object.get(volume, "name", ""), host])
}
