package demo

import (
	"bytes"
	"hash/crc32"
	"net"
	"net/http"
	_ "net/http/pprof" // so that it can be profiled, whatever the machine permits
	"time"
)

// workProfile is a worker of a small service: it loads pictures, makes them
// smaller and saves them. The worker in slot 2 has lost its cache and loads each
// picture again and again, which nothing that it prints tells: a profile of the
// pool does.
func workProfile(w worker) {
	if ln, err := net.Listen("tcp4", "127.0.0.1:0"); err == nil { // else the kernel samples it
		go func() { _ = http.Serve(ln, nil) }() //nolint:gosec // it ends with the process, and serves this machine only
	}
	store := pack(w)
	var cache []byte
	for n := 1; ; n++ {
		began := time.Now()
		for range 4 {
			if cache == nil || w.slot == 2 {
				cache = loadPicture(store)
			}
			savePicture(resizePicture(cache))
		}
		if n%10 == 0 {
			w.say("picture %d", n)
		}
		// A third of a core is enough to be seen.
		time.Sleep(2 * time.Since(began))
	}
}

// pictureSize is that of a picture, in pixels of a byte each.
const pictureSize = 512

// pack makes a picture as it is stored: of each pixel, how it differs from the
// one before.
func pack(w worker) []byte {
	store := make([]byte, pictureSize*pictureSize)
	for i := range store {
		store[i] = byte(w.rand.IntN(8))
	}
	return store
}

//go:noinline
func loadPicture(store []byte) []byte {
	picture := bytes.Clone(store)
	for range 8 {
		for i := 1; i < len(picture); i++ {
			picture[i] += picture[i-1]
		}
	}
	return picture
}

// resizePicture makes each four pixels one.
//
//go:noinline
func resizePicture(picture []byte) []byte {
	small := make([]byte, pictureSize*pictureSize/4)
	for range 8 { // it smooths as well
		for i := range small {
			y, x := 2*(i/(pictureSize/2)), 2*(i%(pictureSize/2))
			at := y*pictureSize + x
			sum := int(picture[at]) + int(picture[at+1]) + int(picture[at+pictureSize]) + int(picture[at+pictureSize+1])
			small[i] = byte((int(small[i]) + sum/4) / 2)
		}
	}
	return small
}

//go:noinline
func savePicture(picture []byte) {
	sum := uint32(0)
	for range 12 {
		sum = crc32.Update(sum, crc32.MakeTable(crc32.Koopman), picture)
	}
	_ = sum
}
