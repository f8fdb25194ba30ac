// A map in memory.
package main

import (
	"context"
	"sync"
)

type store struct{ sync.Map }

func (s *store) Put(ctx context.Context, key, value []byte, options map[string]any) error {
	s.Store(string(key), value)
	return nil
}

func (s *store) Get(ctx context.Context, key []byte, options map[string]any) ([]byte, error) {
	if value, ok := s.Load(string(key)); ok {
		return value.([]byte), nil
	}
	return nil, ErrNotFound
}

func main() { Serve(&store{}) }
