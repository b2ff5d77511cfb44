package tree

import (
	"strings"
	"testing"

	"example.com/muster/procs"
)

func TestRoleAndLabel(t *testing.T) {
	train := Program{Argv: []string{"python3", "train.py"}, Comm: "python3"}
	server := Program{Argv: []string{
		"/usr/bin/python3", "-c", "from multiprocessing.forkserver import main; main(5, 6, ['__main__'], **{'sys_path': []})",
	}}
	tests := []struct {
		name   string
		p      string // arguments, separated by "|"
		forked bool
		comm   string
		parent Program
		role   procs.Role
		label  string
	}{
		{name: "fork", p: "python3|train.py", parent: train, role: procs.RoleWorker, label: "worker-1"},
		{name: "fork, not exec'd", p: "python3|train.py", forked: true, parent: train, role: procs.RoleWorker, label: "worker-1"},
		{name: "named worker", p: "python3|train.py", comm: "pt_data_worker", parent: train, role: procs.RoleWorker, label: "pt_data_worker-1"},
		{name: "another script", p: "python3|other.py", parent: train, role: procs.RoleProcess, label: "other.py"},
		{
			name: "spawn", p: "/usr/bin/python3.12|-c|from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5, pipe_handle=7)|--multiprocessing-fork",
			parent: train, role: procs.RoleWorker, label: "worker-1",
		},
		{name: "frozen spawn", p: "/opt/app|--multiprocessing-fork|tracker_fd=5|pipe_handle=7", role: procs.RoleWorker, label: "worker-1"},
		{name: "forkserver", p: strings.Join(server.Argv, "|"), parent: train, role: procs.RoleForkserver, label: "forkserver"},
		{name: "forkserver's worker", p: strings.Join(server.Argv, "|"), parent: server, role: procs.RoleWorker, label: "worker-1"},
		{
			name: "resource tracker", p: "python3|-s|-c|from multiprocessing.resource_tracker import main;main(4)",
			parent: train, role: procs.RoleResourceTracker, label: "resource_tracker",
		},
		{
			name: "semaphore tracker of 3.7", p: "python3|-c|from multiprocessing.semaphore_tracker import main;main(4)",
			parent: train, role: procs.RoleResourceTracker, label: "resource_tracker",
		},
		{
			name: "loky", p: "python3|-m|joblib.externals.loky.backend.popen_loky_posix|--process-name|LokyProcess-1|--pipe|18",
			parent: train, role: procs.RoleWorker, label: "worker-1",
		},
		{name: "shell", p: "sh|-c|convert a b", parent: train, role: procs.RoleShell, label: "sh"},
		{name: "shell with options", p: "/bin/bash|-ec|make", role: procs.RoleShell, label: "bash"},
		{name: "login shell", p: "-zsh", role: procs.RoleShell, label: "zsh"},
		{name: "shell script", p: "/bin/bash|-e|-o|pipefail|/srv/build.sh|x", role: procs.RoleShell, label: "build.sh"},
		{name: "busybox", p: "busybox|sh|-c|x", role: procs.RoleShell, label: "busybox"},
		{name: "program", p: "/usr/bin/convert|a.png|b.png", role: procs.RoleProcess, label: "convert"},
		{name: "forked C program", p: "/srv/httpd|-f", forked: true, parent: Program{Argv: []string{"/srv/httpd", "-f"}}, role: procs.RoleProcess, label: "httpd"},
		{name: "own title", p: "nginx: worker process", role: procs.RoleProcess, label: "nginx: worker process"},
		{name: "own title, of a fork", p: "stress-ng-vm [wait]||", forked: true, role: procs.RoleProcess, label: "stress-ng-vm [wait]"},
		{name: "own title of a worker", p: "gunicorn: worker [app]", forked: true, parent: train, role: procs.RoleProcess, label: "gunicorn: worker [app]"},
		{name: "own title with a path", p: "nginx: master process /usr/sbin/nginx -g off;", role: procs.RoleProcess, label: "nginx: master process nginx -g off_"},
		{name: "own title, hostile", p: "x:\x1b]0;\n y/\xff  z ", role: procs.RoleProcess, label: "x:_]0_ y__ z"},
		{name: "own title without a blank", p: "ray::train", role: procs.RoleProcess, label: "ray::train"},
		{name: "module", p: "python3|-u|-W|ignore|-m|http.server|80", role: procs.RoleProcess, label: "http.server"},
		{name: "code", p: "python3|-c|print(1)", role: procs.RoleProcess, label: "python3"},
		{name: "node", p: "/usr/bin/node|--max-old-space-size=9|srv/app.js", role: procs.RoleProcess, label: "app.js"},
		{name: "nothing but a name", comm: "kworker/u4:1", role: procs.RoleProcess, label: "kworker_u4_1"},
		{name: "nothing", role: procs.RoleProcess, label: "process"},
		{name: "hostile", p: "/bin/\x1b]0;x\a\n\xff evil/", role: procs.RoleProcess, label: "__0_x____evil"},
		{name: "not ASCII", p: "/bin/Zoë-größe 画像", role: procs.RoleProcess, label: "Zoë-größe_画像"},
		{name: "looks numbered", p: "/bin/worker-1", role: procs.RoleProcess, label: "worker-1-1"},
		{name: "long", p: strings.Repeat("a", 100), role: procs.RoleProcess, label: strings.Repeat("a", maxLabel)},
		{name: "long, not ASCII", p: strings.Repeat("é", 100), role: procs.RoleProcess, label: strings.Repeat("é", maxLabel)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Program{Comm: tt.comm, Forked: tt.forked}
			if tt.p != "" {
				p.Argv = strings.Split(tt.p, "|")
			}
			role := RoleOf(p, tt.parent)
			base, numbered := labelOf(role, p, tt.parent)
			n := newNames()
			label := n.unique(base, numbered, 1, 1)
			if role != tt.role || label != tt.label {
				t.Errorf("role %s, label %q; want %s, %q", role, label, tt.role, tt.label)
			}
		})
	}
}

func TestLabelsAreUnique(t *testing.T) {
	n, seen := newNames(), map[string]bool{}
	seq := uint64(0)
	for range 3 {
		for _, base := range []string{"sh", "sh-2", "worker", "sh-2-1", "process"} {
			seq++
			label := n.unique(base, base == "worker", 1, seq)
			if seen[label] {
				t.Errorf("%q was given twice", label)
			}
			seen[label] = true
		}
	}
	for i := range 10 * maxNames {
		n.unique("name"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("y", i/26), false, 1, uint64(1000+i))
	}
	if len(n.count) > maxNames+1 {
		t.Errorf("%d names are remembered, want at most %d", len(n.count), maxNames)
	}
}
