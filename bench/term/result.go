//go:build linux

package main

// result is what term prints. A figure that was not asked for is left out.
// "cpu" and "rss" are the program's own; the processes under test are in
// neither, and the guard has fields of its own.
type result struct {
	Case   string `json:"case"`
	Exit   string `json:"exit"`
	Killed bool   `json:"killed,omitempty"` // it did not end in time

	WallSeconds  float64   `json:"wall_s"`
	OwnSeconds   float64   `json:"own_s,omitempty"` // what the child under test says it took: see bench/load
	PerSecond    float64   `json:"per_s,omitempty"` // things a second
	Bytes        int64     `json:"bytes"`
	FirstByteMS  float64   `json:"first_byte_ms,omitempty"`
	FrameMS      float64   `json:"frame_ms,omitempty"`    // until the text of -until had come
	SinceMS      float64   `json:"since_ms,omitempty"`    // from the last change of -since to that text
	KeysMS       []float64 `json:"key_ms,omitempty"`      // from each key to its answer
	LastKeyMS    float64   `json:"last_key_ms,omitempty"` // the last of them, again
	CPUSeconds   float64   `json:"cpu_s"`
	GuardSeconds float64   `json:"guard_cpu_s,omitempty"`
	PeakMiB      float64   `json:"peak_mib"`
	GuardPeakMiB float64   `json:"guard_peak_mib,omitempty"`

	Window *window `json:"window,omitempty"`
}

// window is what was used between two moments.
type window struct {
	Seconds      float64 `json:"s"`
	CPU          float64 `json:"cpu_ms_per_s"`
	GuardCPU     float64 `json:"guard_cpu_ms_per_s"`
	Bytes        float64 `json:"bytes_per_s"`
	RestMiB      float64 `json:"rest_mib"` // resident at its end
	GuardRestMiB float64 `json:"guard_rest_mib"`
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
