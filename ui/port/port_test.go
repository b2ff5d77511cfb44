package port

import (
	"reflect"
	"testing"

	"example.com/muster/session"
	"example.com/muster/session/remote"
)

// Both kinds of session are seen in the same way.
var (
	_ Session = (*session.Session)(nil)
	_ Session = (*remote.Session)(nil)
)

// What the screens may ask stays small: a new question is a type of
// session.Question, a new finding a field of session.Found.
func TestThePortIsNarrow(t *testing.T) {
	if n := reflect.TypeFor[Session]().NumMethod(); n > 8 {
		t.Errorf("the port has %d methods", n)
	}
}
