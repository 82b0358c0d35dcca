package podsecurity

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/portcullis-ci/portcullis/internal/gate"
)

const (
	prefix   = "pss/"
	standard = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
)

// enforceLabel is the one rule that is not a check of the evaluator.
var enforceLabel = gate.Rule{
	ID: prefix + "enforce-label", Title: "Production namespaces enforce a level", Severity: gate.Medium,
	Layer: gate.Cluster, Stage: "policy",
	Why:         "A namespace without the label admits every pod, privileged ones too, whatever this repository holds today.",
	Bad:         "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop-production\n",
	Good:        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop-production\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n",
	Remediation: "add the label pod-security.kubernetes.io/enforce with baseline or restricted",
	URL:         "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
}

// severities decides what a failing check weighs: baseline keeps out known ways
// from a pod to its node, restricted is hardening.
var severities = map[api.Level]gate.Severity{api.LevelBaseline: gate.High, api.LevelRestricted: gate.Medium}

// Rules documents every check, sorted by id.
func Rules() []gate.Rule {
	levels := map[policy.CheckID]api.Level{}
	for _, check := range policy.DefaultChecks() {
		levels[check.ID] = check.Level
	}
	rules := []gate.Rule{enforceLabel}
	for id := range levels {
		rules = append(rules, byID(string(id), levels))
	}
	slices.SortFunc(rules, func(a, b gate.Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules
}

// byID returns the rule of a check; one that is new here has no words yet.
func byID(id string, levels map[policy.CheckID]api.Level) gate.Rule {
	level := levels[policy.CheckID(id)]
	d := documents[id]
	return gate.Rule{
		ID: prefix + id, Title: cmp.Or(d.title, id), Severity: severities[level], Layer: gate.Cluster, Stage: "policy",
		Why: d.why, Bad: example(d.bad), Good: example(d.good), Remediation: d.remediation,
		Controls: []string{"pss-" + string(level)}, URL: standard,
	}
}

// example makes a pod of the part that matters: fields of the specification,
// or of its container when they are indented.
func example(part string) string {
	head := "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: registry.example/web:1.4\n"
	for line := range strings.Lines(part) {
		head += "  " + line
	}
	return strings.TrimSuffix(head, "\n") + "\n"
}

type document struct{ title, why, remediation, bad, good string }

var documents = map[string]document{
	"allowPrivilegeEscalation": {
		"Processes cannot gain rights", "A program with the setuid bit gives an intruder the rights of root in the container.",
		"set securityContext.allowPrivilegeEscalation: false in every container",
		"  securityContext:\n    allowPrivilegeEscalation: true", "  securityContext:\n    allowPrivilegeEscalation: false",
	},
	"appArmorProfile": {
		"AppArmor is not switched off", "Without a profile a process in the container may use every file and capability that its user may.",
		"set securityContext.appArmorProfile.type to RuntimeDefault or Localhost, or remove it",
		"securityContext:\n  appArmorProfile:\n    type: Unconfined", "securityContext:\n  appArmorProfile:\n    type: RuntimeDefault",
	},
	"capabilities_baseline": {
		"No capabilities beyond the default ones", "Capabilities such as SYS_ADMIN or NET_RAW let a process leave its container or read the traffic of others.",
		"remove the capability from securityContext.capabilities.add",
		"  securityContext:\n    capabilities:\n      add: [SYS_ADMIN]", "  securityContext:\n    capabilities:\n      add: [NET_BIND_SERVICE]",
	},
	"capabilities_restricted": {
		"Containers drop all capabilities", "Few programs need a capability; each one that stays is a right that an intruder inherits.",
		"set securityContext.capabilities.drop: [ALL] and add NET_BIND_SERVICE at most",
		"  securityContext:\n    capabilities:\n      drop: [NET_RAW]", "  securityContext:\n    capabilities:\n      drop: [ALL]",
	},
	"hostNamespaces": {
		"No namespaces of the host", "A pod in the host's namespaces sees the processes, memory or network of the node and of every pod on it.",
		"remove hostNetwork, hostPID and hostIPC", "hostNetwork: true", "hostNetwork: false",
	},
	"hostPathVolumes": {
		"No paths of the host as volumes", "A path of the host gives the pod files of the node, its credentials among them.",
		"use a volume of another type, such as emptyDir or persistentVolumeClaim",
		"volumes:\n- name: run\n  hostPath:\n    path: /run", "volumes:\n- name: run\n  emptyDir: {}",
	},
	"hostPorts": {
		"No ports of the host", "A port of the host is open on the node itself, past every NetworkPolicy.",
		"remove hostPort and reach the pod through a Service",
		"  ports:\n  - containerPort: 8080\n    hostPort: 8080", "  ports:\n  - containerPort: 8080",
	},
	"hostProbesAndHostLifecycle": {
		"Probes and hooks ask the pod itself", "The kubelet runs probes: with another host they become requests from the node's network to anything it reaches.",
		"remove host from the probe or hook",
		"  livenessProbe:\n    httpGet:\n      host: 169.254.169.254\n      port: 80", "  livenessProbe:\n    httpGet:\n      port: 80",
	},
	"privileged": {
		"No privileged containers", "A privileged container has all the rights of root on the node.",
		"remove privileged, and add the single capability that is needed",
		"  securityContext:\n    privileged: true", "  securityContext:\n    privileged: false",
	},
	"procMount": {
		"The masks of /proc stay", "Without the masks a process can write kernel settings and read keys of the node below /proc.",
		"remove procMount or set it to Default", "  securityContext:\n    procMount: Unmasked", "  securityContext:\n    procMount: Default",
	},
	"procMount_restricted": {
		"The masks of /proc stay, also in a user namespace", "What is masked below /proc tells of the node also where a user namespace takes the rights away.",
		"remove procMount or set it to Default",
		"  securityContext:\n    procMount: Unmasked\nhostUsers: false", "  securityContext:\n    procMount: Default\nhostUsers: false",
	},
	"restrictedVolumes": {
		"Volumes are of harmless types", "Volumes of other types reach storage and networks with the node's rights.",
		"use configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected or secret",
		"volumes:\n- name: share\n  nfs:\n    server: files.example\n    path: /share", "volumes:\n- name: share\n  persistentVolumeClaim:\n    claimName: share",
	},
	"runAsNonRoot": {
		"Containers must not run as root", "Root in the container is root for the kernel: an intruder needs only one bug to own the node.",
		"set securityContext.runAsNonRoot: true for the pod, and a numeric user in the image",
		"securityContext:\n  runAsNonRoot: false", "securityContext:\n  runAsNonRoot: true",
	},
	"runAsUser": {
		"No container runs as user 0", "User 0 is root, whatever the image says.",
		"set runAsUser to another number or remove it", "securityContext:\n  runAsUser: 0", "securityContext:\n  runAsUser: 1000",
	},
	"seLinuxOptions": {
		"SELinux labels are those of containers", "Another type, user or role takes the process out of the policy that confines containers.",
		"remove user and role, and use one of the container types",
		"securityContext:\n  seLinuxOptions:\n    type: spc_t", "securityContext:\n  seLinuxOptions:\n    type: container_t",
	},
	"seccompProfile_baseline": {
		"Seccomp is not switched off", "Without a profile every system call of the kernel is open to an intruder.",
		"set seccompProfile.type to RuntimeDefault or Localhost, or remove it",
		"securityContext:\n  seccompProfile:\n    type: Unconfined", "securityContext:\n  seccompProfile:\n    type: RuntimeDefault",
	},
	"seccompProfile_restricted": {
		"A seccomp profile is set", "Without a profile every system call of the kernel is open to an intruder.",
		"set securityContext.seccompProfile.type: RuntimeDefault for the pod",
		"securityContext:\n  seccompProfile:\n    type: Unconfined", "securityContext:\n  seccompProfile:\n    type: RuntimeDefault",
	},
	"sysctls": {
		"Only safe kernel settings", "Other settings act on the whole node or weaken its security.",
		"remove the sysctl", "securityContext:\n  sysctls:\n  - name: kernel.msgmax\n    value: \"1\"",
		"securityContext:\n  sysctls:\n  - name: net.ipv4.tcp_syncookies\n    value: \"1\"",
	},
	"windowsHostProcess": {
		"No Windows host processes", "A host process has the rights of the node's administrator.",
		"remove windowsOptions.hostProcess",
		"securityContext:\n  windowsOptions:\n    hostProcess: true", "securityContext:\n  windowsOptions:\n    hostProcess: false",
	},
}
