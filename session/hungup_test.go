package session

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// Who asks a session that ends just then, and hangs up, is told what became of it, not
// the error of a socket; and of one that lives on, that error.
func TestASessionThatHangsUpAtItsEnd(t *testing.T) {
	for _, tt := range []struct {
		name string
		ends bool
		want string
	}{
		{"it ends", true, "session web has ended on "},
		{"it lives", false, `cannot ask session "web": `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			places(t)
			l, _, err := Keep(Record{Session: "web", PID: 10, StartedAt: Time(time.Now())})
			if err != nil {
				t.Fatal(err)
			}
			path, err := socketFor("web", false)
			if err != nil {
				t.Fatal(err)
			}
			socket, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer socket.Close()
			client, err := Dial("web")
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			ended := make(chan error, 1)
			go func() {
				for {
					conn, err := socket.Accept()
					if err != nil {
						return
					}
					_ = conn.Close()
					if tt.ends {
						_ = socket.Close()
						time.Sleep(50 * time.Millisecond)
						ended <- l.Close(3)
						return
					}
				}
			}()
			_, err = client.About(context.Background())
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || tt.ends && !strings.Contains(err.Error(), "with code 3") {
				t.Errorf("told: %v, want %s", err, tt.want)
			}
			if tt.ends {
				err = <-ended
			} else {
				err = l.Close(0)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}
