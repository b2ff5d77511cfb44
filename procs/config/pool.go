package config

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"example.com/muster/procs"
)

// draft is a pool that is being read.
type draft struct {
	key      *node
	spec     procs.Spec
	size     int
	fromFile []string // of env_file
	needs    []need
}

// need is a dependency with its place.
type need struct {
	procs.Dependency
	at place
}

// yaml reads muster.yaml.
func (r *reader) yaml() []procs.Spec {
	if !r.isText() {
		return nil
	}
	r.vars.dotenv = r.dotenv()
	root := r.parse()
	switch {
	case root == nil || root.kind == null:
		if len(r.faults) == 0 {
			r.fault(place{}, "the file is empty; it needs \"pools:\" with at least one pool")
		}
		return nil
	case root.kind != mapping:
		r.wrong(root, `a mapping with "pools"`)
		return nil
	}
	for _, f := range root.fields {
		if f.key.text != "pools" && !strings.HasPrefix(f.key.text, "x-") {
			r.unknown(f.key, "the file", []string{"pools"})
		}
	}
	pools := root.get("pools")
	switch {
	case pools == nil:
		if len(r.faults) == 0 {
			r.fault(place{}, "there are no pools; the file needs \"pools:\" with at least one")
		}
		return nil
	case pools.kind != null && pools.kind != mapping:
		r.wrong(pools, "a mapping of pools by name")
		return nil
	case len(pools.fields) == 0:
		r.fault(pools.at, "there are no pools here; at least one is needed")
		return nil
	}
	return r.pools(pools)
}

// pools reads every pool, and then what they ask of one another.
func (r *reader) pools(n *node) []procs.Spec {
	drafts := make([]*draft, 0, len(n.fields))
	for _, f := range n.fields {
		drafts = append(drafts, r.pool(f))
	}
	r.checkNeeds(drafts)
	specs := make([]procs.Spec, len(drafts))
	for i, d := range drafts {
		specs[i] = d.finish()
	}
	return specs
}

func (r *reader) pool(f field) *draft {
	d := &draft{key: f.key, size: 1, spec: procs.Spec{
		Name: f.key.text, Dir: r.dir, Restart: procs.RestartPolicy{Max: procs.DefaultMaxRestart},
	}}
	if !procs.GoodPoolName(f.key.text) {
		r.fault(f.key.at, "%q cannot be a pool's name: %s", clip(f.key.text), procs.PoolNameRule)
	}
	switch f.value.kind {
	case null:
	case scalar: // as in a Procfile
		r.wrong(f.value, "a mapping, such as {command: "+strconv.Quote(clip(f.value.text))+"}")
	case list:
		r.wrong(f.value, "a mapping, such as {command: [...]}")
	default:
		readObject(r, f.value, "a pool", poolKeys(), d)
		r.checkRestart(f.value)
	}
	switch {
	case f.value.broken, f.value.kind == mapping && (!unset(f.value, "command") || misspelt(f.value, "command", poolKeys())):
	case f.value.kind == null || f.value.kind == mapping:
		r.fault(f.key.at, "the pool %s has no command", clip(f.key.text))
	}
	return d
}

// unset reports whether a mapping has no value for a key.
func unset(n *node, key string) bool {
	value := n.get(key)
	return value == nil || value.kind == null && !value.broken
}

// misspelt reports whether a mapping has what has been told to be another
// spelling of a key; that the key is missing need not be told as well.
func misspelt[T any](n *node, name string, keys []key[T]) bool {
	names := keyNames(keys)
	for _, f := range n.fields {
		if find(keys, f.key.text) == nil && (nearest(f.key.text, names) == name || elsewhere[f.key.text] == name) {
			return true
		}
	}
	return false
}

// finish is the pool's spec, with its defaults.
func (d *draft) finish() procs.Spec {
	s := d.spec
	s.Env = overlaid(d.fromFile, s.Env)
	for _, n := range d.needs {
		s.DependsOn = append(s.DependsOn, n.Dependency)
	}
	s = s.WithDefaults()
	s.Size = d.size // 0 is a size too
	s.Restart.BackoffMax = max(s.Restart.BackoffMax, s.Restart.Backoff)
	return s
}

func (r *reader) command(n *node, d *draft) { d.spec.Argv = r.argv(n) }

func (r *reader) cwd(n *node, d *draft) {
	if s, ok := r.word(n); ok {
		d.spec.Dir = r.beside(s)
	}
}

func (r *reader) restart(n *node, d *draft) {
	p := &d.spec.Restart
	if n.kind == scalar {
		oneOf(r, n, &p.When, procs.RestartNo, procs.RestartOnFailure, procs.RestartAlways)
		return
	}
	readObject(r, n, "restart", restartKeys(), p)
	if p.BackoffMax > 0 && p.Backoff > p.BackoffMax {
		r.fault(n.get("backoff_max").at, "backoff_max %v is shorter than backoff %v", p.BackoffMax, p.Backoff)
	}
}

// checkRestart says that a restart policy is for nothing. A liveness probe
// restarts whatever the policy is, and heeds the rest.
func (r *reader) checkRestart(pool *node) {
	n := pool.get("restart")
	if n != nil && n.kind == mapping && len(n.fields) > 0 && unset(n, "policy") && unset(pool, "live") && !misspelt(n, "policy", restartKeys()) {
		r.fault(n.fields[0].key.at, "restart has no policy, so that nothing is restarted; add policy: on-failure, or always")
	}
}

func (r *reader) signal(n *node, p *procs.StopPolicy) {
	s, ok := r.word(n)
	if !ok {
		return
	}
	sig, err := procs.ParseSignal(s)
	if err != nil {
		r.fault(n.at, "%q is no signal%s", clip(s), didYouMean(strings.TrimPrefix(strings.ToUpper(s), "SIG"), signalNames()))
		return
	}
	p.Signal = sig
}

// signalNames are the names that a misspelt one may be meant to be.
func signalNames() []string {
	var names []string
	for i := range 64 {
		if name, ok := strings.CutPrefix(procs.Signal(i).String(), "SIG"); ok {
			names = append(names, name)
		}
	}
	return names
}

func (r *reader) watch(n *node, d *draft) {
	p := &d.spec.Watch
	if n.kind == mapping {
		readObject(r, n, "watch", watchKeys(), p)
		if unset(n, "paths") {
			r.fault(n.at, "watch has no paths")
		}
		return
	}
	p.Patterns = r.texts(n)
}

// profileWhen reads one trigger, or a list of them.
func (r *reader) profileWhen(n *node, d *draft) {
	items := []*node{n}
	if n.kind == list {
		items = n.items
	}
	for _, item := range items {
		text, ok := r.word(item)
		if !ok {
			continue
		}
		t, err := procs.ParseTrigger(text)
		if err != nil {
			r.fault(item.at, "%s", err.Error())
			continue
		}
		d.spec.ProfileWhen = append(d.spec.ProfileWhen, t)
	}
}

func (r *reader) pprof(n *node, d *draft) { r.address(n, &d.spec.Pprof) }

// address reads a "host:port", where the port may be one of the marks.
func (r *reader) address(n *node, into *string) {
	s, ok := r.word(n)
	if !ok {
		return
	}
	colon := strings.LastIndexByte(s, ':')
	port := s[colon+1:]
	number, err := strconv.Atoi(port)
	switch {
	case colon <= 0 && err == nil:
		r.fault(n.at, "%q is no host:port; write \"127.0.0.1:%s\"", clip(s), port)
	case colon <= 0:
		r.fault(n.at, "%q is no host:port; write \"127.0.0.1:8080\"", clip(s))
	case strings.ContainsAny(port, "{}"):
		*into = s
	case err != nil || number < 1 || number > 65535:
		r.fault(n.at, "%q is no port; it must be from 1 to 65535, {port} or {pprof_port}", clip(port))
	default:
		*into = s
	}
}

// probe reads ready or live.
func (r *reader) probe(n *node, what string, keys []key[procs.Probe]) *procs.Probe {
	p := &procs.Probe{}
	readObject(r, n, what, keys, p)
	if n.kind != mapping {
		return p
	}
	var ways []string
	for _, name := range []string{"http", "exec", "tcp", "log_line"} {
		if !unset(n, name) {
			ways = append(ways, name)
		}
	}
	asks := "http, exec and tcp"
	if what == "ready" {
		asks = "http, exec, tcp and log_line"
	}
	switch {
	case len(ways) == 0:
		r.fault(n.at, "%s asks nothing; it needs one of %s", what, asks)
	case len(ways) > 1:
		r.fault(n.get(ways[1]).at, "%s asks by %s; it must be one of them", what, listed(ways))
	}
	return p
}

func (r *reader) http(n *node, p *procs.Probe) {
	s, ok := r.word(n)
	if !ok {
		return
	}
	u, err := url.Parse(procs.Vars{Port: 1, PprofPort: 1}.Expand(s))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		r.fault(n.at, "%q is no URL; write \"http://127.0.0.1:8080/healthz\"", clip(s))
		return
	}
	p.HTTP = s
}

func (r *reader) logLine(n *node, p *procs.Probe) {
	s, ok := r.word(n)
	if !ok {
		return
	}
	if _, err := regexp.Compile(s); err != nil {
		why := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		r.fault(n.at, "this is no regular expression: %s", clip(why))
		return
	}
	p.LogLine = s
}
