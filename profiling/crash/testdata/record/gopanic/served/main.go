package main

import (
	"net"
	"net/http"
)

func handle(w http.ResponseWriter, r *http.Request) { panic("cannot handle " + r.URL.Path) }

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(l, http.HandlerFunc(handle))
	http.Get("http://" + l.Addr().String() + "/a.jpg")
}
