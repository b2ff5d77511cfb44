package procs

import "context"

type declinedKey struct{}

// WithDeclined returns a context with which a [Command] for several slots tells of each
// that it does not apply to, and why ("it is not running"), as long as it applies to
// another. told is called by one goroutine, and not after the command has been answered.
func WithDeclined(ctx context.Context, told func(id ID, why error)) context.Context {
	return context.WithValue(ctx, declinedKey{}, told)
}

// Declined tells whoever has asked by [WithDeclined] of a slot.
func Declined(ctx context.Context, id ID, why error) {
	if told, ok := ctx.Value(declinedKey{}).(func(ID, error)); ok {
		told(id, why)
	}
}
