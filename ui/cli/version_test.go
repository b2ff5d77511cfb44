package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	made := fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fromJSON := fmt.Sprintf(`"go":%q,"os":%q,"arch":%q}`, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "3f2c1ab7788"}, {Key: "vcs.time", Value: "2026-11-26T10:28:48Z"}, {Key: "vcs.modified", Value: modified}}
	}
	for _, tt := range []struct {
		name       string
		info       *debug.BuildInfo
		text, json string
	}{
		{"nothing is known", nil, "muster (devel) " + made, `{"version":"(devel)","commit":null,"date":null,"modified":null,` + fromJSON},
		{
			"a module of the proxy", &debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}},
			"muster v0.1.0 " + made, `{"version":"v0.1.0","commit":null,"date":null,"modified":null,` + fromJSON,
		},
		{
			"a clean checkout", &debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}, Settings: vcs("false")},
			"muster v0.1.0 (3f2c1ab of 2026-11-26) " + made, `{"version":"v0.1.0","commit":"3f2c1ab7788","date":"2026-11-26T10:28:48Z","modified":false,` + fromJSON,
		},
		{
			"a checkout with changes", &debug.BuildInfo{Settings: vcs("true")},
			"muster (devel) (3f2c1ab of 2026-11-26 with changes) " + made, `{"version":"(devel)","commit":"3f2c1ab7788","date":"2026-11-26T10:28:48Z","modified":true,` + fromJSON,
		},
	} {
		v := versionOf(tt.info)
		if v.String() != tt.text {
			t.Errorf("%s: %s, want %s", tt.name, v, tt.text)
		}
		if b, err := json.Marshal(v); err != nil || string(b) != tt.json {
			t.Errorf("%s: %s, want %s (%v)", tt.name, b, tt.json, err)
		}
	}
}
