package cli

import (
	"time"

	"example.com/muster/procs"
	"example.com/muster/procs/config"
)

// planJSON is what `muster up --dry-run --json` prints; durations are seconds.
type planJSON struct {
	File  string     `json:"file"`
	Dir   string     `json:"dir"`
	Pools []poolJSON `json:"pools"`
	// Order holds the names of the pools in levels: a level starts once what
	// it needs of the levels before has come about.
	Order [][]string `json:"order"`
}

type poolJSON struct {
	Name           string            `json:"name"`
	Argv           []string          `json:"argv"`
	Replicas       int               `json:"replicas"`
	Cwd            string            `json:"cwd"`
	Env            []string          `json:"env"`
	Output         string            `json:"output"`
	Restart        restartJSON       `json:"restart"`
	Stop           stopJSON          `json:"stop"`
	Disabled       bool              `json:"disabled"`
	MaxUnavailable int               `json:"max_unavailable"`
	Ready          *probeJSON        `json:"ready"`
	Live           *probeJSON        `json:"live"`
	DependsOn      map[string]string `json:"depends_on"`
	Watch          []string          `json:"watch"`
	WatchDependant bool              `json:"watch_dependants"`
	OnCrash        []string          `json:"on_crash"`
	FailFast       bool              `json:"fail_fast"`
	ProfileWhen    []string          `json:"profile_when"`
	Pprof          string            `json:"pprof,omitempty"`
}

type restartJSON struct {
	Policy            string  `json:"policy"`
	Max               int     `json:"max"`
	BackoffSeconds    float64 `json:"backoff_seconds"`
	BackoffMaxSeconds float64 `json:"backoff_max_seconds"`
	ResetAfterSeconds float64 `json:"reset_after_seconds"`
}

type stopJSON struct {
	Signal       string  `json:"signal"`
	GraceSeconds float64 `json:"grace_seconds"`
	To           string  `json:"to"`
}

type probeJSON struct {
	HTTP           string   `json:"http,omitempty"`
	Exec           []string `json:"exec,omitempty"`
	TCP            string   `json:"tcp,omitempty"`
	LogLine        string   `json:"log_line,omitempty"`
	DelaySeconds   float64  `json:"delay_seconds"`
	EverySeconds   float64  `json:"every_seconds"`
	TimeoutSeconds float64  `json:"timeout_seconds"`
	Failures       int      `json:"failures"`
}

func planOf(f *config.File) planJSON {
	p := planJSON{File: f.Path, Dir: f.Dir, Order: config.Levels(f.Specs)}
	for _, s := range f.Specs {
		to := "group"
		if s.Stop.ToLeader {
			to = "leader"
		}
		needs := map[string]string{}
		for _, d := range s.DependsOn {
			needs[d.Pool] = string(d.On)
		}
		p.Pools = append(p.Pools, poolJSON{
			Name: s.Name, Argv: s.Argv, Replicas: s.Size, Cwd: s.Dir, Env: maskedAll(s.Env), Output: string(s.Output),
			Restart: restartJSON{
				string(s.Restart.When), s.Restart.Max, seconds(s.Restart.Backoff), seconds(s.Restart.BackoffMax), seconds(s.Restart.ResetAfter),
			},
			Stop:     stopJSON{s.Stop.Signal.String(), seconds(s.Stop.Grace), to},
			Disabled: s.Disabled, MaxUnavailable: s.MaxUnavailable, Ready: probeOf(s.Ready), Live: probeOf(s.Live),
			DependsOn: needs, Watch: append([]string{}, s.Watch.Patterns...), WatchDependant: s.Watch.Dependants, OnCrash: append([]string{}, s.OnCrash...), FailFast: s.FailFast, ProfileWhen: triggerTexts(s.ProfileWhen), Pprof: s.Pprof,
		})
	}
	return p
}

func probeOf(p *procs.Probe) *probeJSON {
	if p == nil {
		return nil
	}
	return &probeJSON{p.HTTP, p.Exec, p.TCP, p.LogLine, seconds(p.Delay), seconds(p.Every), seconds(p.Timeout), p.Failures}
}

func seconds(d time.Duration) float64 { return d.Seconds() }

func triggerTexts(list []procs.Trigger) []string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = t.String()
	}
	return texts
}
