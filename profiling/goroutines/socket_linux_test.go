package goroutines

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	tcpTable = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12346 1
   2: 0500000A:0016 0100000A:C001 01 00000000:00000000 00:00000000 00000000     0        0 12347 1
`
	tcp6Table = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 22345 1
   1: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 22346 1
   2: 0000000000000000FFFF00000100007F:1F92 0000000000000000FFFF00000100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 22347 1
`
	unixTable = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 32345 /run/a socket
0000000000000000: 00000003 00000000 00000000 0001 03 32346 /run/connected
0000000000000000: 00000002 00000000 00010000 0005 01 32347 /run/seqpacket
0000000000000000: 00000002 00000000 00010000 0001 01   348 @abstract
0000000000000000: 00000003 00000000 00000000 0001 03 32349
`
)

func TestTables(t *testing.T) {
	var got []string
	for _, table := range []string{tcpTable, tcp6Table} {
		for _, s := range parseTCP(strings.NewReader(table)) {
			to, ok := s.target()
			if !ok {
				to = s.local
			}
			got = append(got, to.String()+" "+s.remote.String())
		}
	}
	want := []string{
		"127.0.0.1:8080 0.0.0.0:0", "127.0.0.1:80 0.0.0.0:0", "10.0.0.5:22 10.0.0.1:49153",
		"[::1]:8080 [::]:0", "[::1]:8081 [::]:0", "127.0.0.1:8082 127.0.0.1:49152",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, s := range parseTCP(strings.NewReader(tcpTable))[2:] {
		if to, ok := s.target(); ok {
			t.Errorf("%v would be asked, which is not of this machine only", to)
		}
	}
	if diff := cmp.Diff([]unixSocket{{"/run/a socket", 32345}, {"@abstract", 348}}, parseUnix(strings.NewReader(unixTable)), cmp.AllowUnexported(unixSocket{})); diff != "" {
		t.Error(diff)
	}
}

func FuzzTables(f *testing.F) {
	f.Add(tcpTable)
	f.Add(tcp6Table)
	f.Add(unixTable)
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range parseTCP(strings.NewReader(text)) {
			if to, ok := s.target(); ok && !to.Addr().IsLoopback() {
				t.Fatalf("%v would be asked", to)
			}
		}
		for _, s := range parseUnix(strings.NewReader(text)) {
			if s.path == "" {
				t.Fatal("a socket without a name")
			}
		}
	})
}
