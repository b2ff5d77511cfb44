package session

import (
	"time"

	"example.com/muster/profiling"
	"example.com/muster/profiling/capture"
)

type (
	// ProfilesJSON is the answer of GET /v1/profiles.
	ProfilesJSON struct {
		Profiles []ProfileJSON `json:"profiles"` // oldest first
	}
	// ProfileJSON is a capture, under way or in the history.
	ProfileJSON struct {
		ID        string       `json:"id"` // "p3"
		State     ProfileState `json:"state"`
		Targets   []string     `json:"targets"` // none: all
		Kind      capture.Kind `json:"kind"`
		Seconds   float64      `json:"seconds"` // that were asked for
		Rate      int          `json:"rate"`    // looks a second
		Functions []string     `json:"functions"`
		NoAgent   bool         `json:"no_agent"`
		StartedAt Time         `json:"started_at"`
		// TookSeconds is how long it took, or has taken until now.
		TookSeconds float64 `json:"took_seconds"`
		Processes   int     `json:"processes"` // that gave samples
		Samples     int64   `json:"samples"`
		Unreadable  int64   `json:"unreadable"`
		// File is null until it is done, and where it is on no disk.
		File    *string  `json:"file"`
		Beside  []string `json:"beside"` // files that are no pprof profile
		Bytes   int64    `json:"bytes"`
		Note    string   `json:"note"`    // why it failed, or is on no disk
		Trigger string   `json:"trigger"` // what has started it, "" for a person

		Coverage []profiling.Coverage `json:"coverage"`
	}
	// ProfileAskJSON is what POST /v1/profiles takes.
	ProfileAskJSON struct {
		Targets   []string `json:"targets,omitempty"`
		Kind      string   `json:"kind,omitempty"`
		Seconds   float64  `json:"seconds,omitempty"`
		Rate      int      `json:"rate,omitempty"`
		Functions []string `json:"functions,omitempty"`
		NoAgent   bool     `json:"no_agent,omitempty"`
	}
)

// JSON returns the capture as the API tells it.
func (p *Profiled) JSON() ProfileJSON {
	j := ProfileJSON{
		ID: p.ID(), State: p.State, Targets: append([]string{}, p.Request.Targets...), Kind: p.Request.Kind,
		Seconds: p.Request.Duration.Seconds(), Rate: p.Request.Rate, Functions: append([]string{}, p.Request.Functions...), NoAgent: p.Request.NoAgent,
		StartedAt: Time(p.StartedAt), TookSeconds: p.Took.Seconds(), Processes: p.Processes, Samples: p.Samples, Unreadable: p.Unreadable,
		Beside: append([]string{}, p.Beside...), Bytes: p.Bytes, Note: valid(p.Note), Trigger: p.Trigger, Coverage: append([]profiling.Coverage{}, p.Coverage...),
	}
	if p.State == ProfileRunning {
		j.TookSeconds, j.Processes, j.Samples = p.Progress.Done.Seconds(), p.Progress.Processes, p.Progress.Samples
	}
	if p.File != "" {
		j.File = &p.File
	}
	return j
}

// Profiled returns the capture that the API tells of.
func (j ProfileJSON) Profiled() (*Profiled, error) {
	seq, err := parseProfileID(j.ID)
	if err != nil {
		return nil, err
	}
	p := &Profiled{
		Seq: seq, State: j.State, StartedAt: time.Time(j.StartedAt), Took: seconds(j.TookSeconds), Processes: j.Processes, Samples: j.Samples,
		Request: ProfileRequest{
			Targets: j.Targets, Kind: j.Kind, Duration: seconds(j.Seconds), Rate: j.Rate, Functions: j.Functions, NoAgent: j.NoAgent,
		},
		Unreadable: j.Unreadable, Beside: j.Beside, Bytes: j.Bytes, Note: j.Note, Trigger: j.Trigger, Coverage: j.Coverage,
	}
	if j.File != nil {
		p.File = *j.File
	}
	if p.State == ProfileRunning {
		p.Progress = capture.Progress{Of: p.Request.Duration, Done: p.Took, Processes: p.Processes, Samples: p.Samples}
		p.Took, p.Processes, p.Samples = 0, 0, 0
	}
	return p, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// JSON returns the request as the API takes it.
func (r ProfileRequest) JSON() ProfileAskJSON {
	return ProfileAskJSON{Targets: r.Targets, Kind: string(r.Kind), Seconds: r.Duration.Seconds(), Rate: r.Rate, Functions: r.Functions, NoAgent: r.NoAgent}
}

func (j ProfileAskJSON) request() ProfileRequest {
	r := ProfileRequest{Targets: j.Targets, Kind: capture.Kind(j.Kind), Rate: j.Rate, Functions: j.Functions, NoAgent: j.NoAgent}
	r.Duration = seconds(min(max(j.Seconds, -1), 1e9))
	return r
}
