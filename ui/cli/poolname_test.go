package cli

import (
	"strings"
	"testing"
)

func TestPoolName(t *testing.T) {
	const script = "mysql -psecret7 db"
	for _, tt := range []struct {
		argv []string
		want string
	}{
		{[]string{"/usr/bin/sleep", "60"}, "sleep"},
		{[]string{"./worker.sh", "-c", "x"}, "worker"},
		{[]string{"python3", "-u", "train.py", "--fast"}, "train"},
		{[]string{"python3.12", "dir/train.v2.py"}, "train.v2"},
		{[]string{"python3", "-um", "http.server", "8000"}, "http.server"},
		{[]string{"python3", "-mhttp.server"}, "http.server"},
		{[]string{"python3", "-W", "ignore", "-X", "dev", "-Wonce", "train.py"}, "train"},
		{[]string{"python3", "--check-hash-based-pycs", "always", "train.py"}, "train"},
		{[]string{"python3", "-c", script}, "python3"},
		{[]string{"python3", "-uc", script}, "python3"},
		{[]string{"python3", "-W", "ignore", "-Bc", script}, "python3"},
		{[]string{"python3", "-c" + script, "x"}, "python3"},
		{[]string{"python3", "-", "secret7"}, "python3"},
		{[]string{"python3", "-i"}, "python3"},
		{[]string{"bash", "-c", script}, "bash"},
		{[]string{"bash", "-lc", script}, "bash"},
		{[]string{"sh", "-ec", script}, "sh"},
		{[]string{"sh", "-ce", script}, "sh"},
		{[]string{"bash", "-o", "pipefail", "-c", script}, "bash"},
		{[]string{"bash", "-euo", "pipefail", "-c", script}, "bash"},
		{[]string{"bash", "-O", "extglob", "+O", "globstar", "+x", "run.sh"}, "run"},
		{[]string{"bash", "--rcfile", "rc", "--norc", "run.sh"}, "run"},
		{[]string{"bash", "--login", "-c", script}, "bash"},
		{[]string{"bash", "-s", "secret7"}, "bash"},
		{[]string{"bash", "--", "-c"}, "-c"},
		{[]string{"sh", "-", "run.sh"}, "run"},
		{[]string{"perl", "-le", script}, "perl"},
		{[]string{"perl", "-i.bak", "-0777", "-pE", script, "file"}, "perl"},
		{[]string{"perl", "-MData::Dumper", "-I", "lib", "-d:Trace", "job.pl"}, "job"},
		{[]string{"ruby", "-ne", script}, "ruby"},
		{[]string{"ruby", "-E", "utf-8", "-rjson", "-W:no-deprecated", "job.rb"}, "job"},
		{[]string{"node", "-e", script}, "node"},
		{[]string{"node", "-pe", script}, "node"},
		{[]string{"node", "--print", script}, "node"},
		{[]string{"node", "--eval=" + script, "x"}, "node"},
		{[]string{"node", "-r", "dotenv/config", "--import", "tsx", "--inspect", "serve.js"}, "serve"},
		{[]string{"bash", "a $(b) 'c';d.sh"}, "a---b---c--d"},
		{[]string{"g++"}, "g--"},
		{[]string{"größe.sh"}, "größe"},
	} {
		got := poolName(tt.argv)
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.argv, got, tt.want)
		}
		if strings.Contains(got, "secret7") {
			t.Errorf("%q: the name tells the secret", tt.argv)
		}
	}
}
