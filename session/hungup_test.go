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
				code := 0
				for looks := 1; ; looks++ {
					conn, err := socket.Accept()
					if err != nil {
						break // the test is over
					}
					_ = conn.Close()
					if tt.ends && looks > 2 { // who asks has knocked, has been hung up on, and looks why
						_ = socket.Close()
						code = 3
						break
					}
				}
				ended <- l.Close(code)
			}()
			_, err = client.About(context.Background())
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || tt.ends && !strings.Contains(err.Error(), "with code 3") {
				t.Errorf("told: %v, want %s", err, tt.want)
			}
			_ = socket.Close()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
