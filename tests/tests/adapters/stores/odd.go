// Two stores that fail as the key says. Of a call with the option `count`, they return what they were given.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

var failures = map[string]error{
	"not found":     ErrNotFound,
	"timeout":       context.DeadlineExceeded,
	"invalid key":   fmt.Errorf("%w: odd", ErrInvalidKey),
	"invalid value": fmt.Errorf("%w: odd", ErrInvalidValue),
	"another error": errors.New("odd"),
}

type store struct{ name string }

func (s store) Put(ctx context.Context, key, value []byte, options map[string]any) error {
	return failures[string(key)]
}

func (s store) Get(ctx context.Context, key []byte, options map[string]any) ([]byte, error) {
	if count, ok := options["count"].(float64); ok {
		deadline, _ := ctx.Deadline()
		seconds := time.Until(deadline).Round(10 * time.Second).Seconds()
		return fmt.Appendf(key, " %v %v %v", count+1, options["text"], seconds), nil
	}
	switch string(key) {
	case "no bytes":
		panic("odd")
	case "name":
		return []byte(s.name), nil
	case "hang":
		select {}
	}
	return nil, failures[string(key)]
}

func (s store) Close() error {
	return os.WriteFile(filepath.Join(os.Getenv("VALUE_STORE_DIR"), s.name), []byte("closed"), 0o600)
}

func main() { Serve(store{"first"}, store{"second"}) }
