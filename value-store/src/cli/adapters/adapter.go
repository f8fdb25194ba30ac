// Puts a store in Go (1.19 or later) behind the HTTP protocol of value-store. Printed by `value-store adapter go`. Save it
// as adapter.go, write a store.go like this beside it, and run: value-store check --start 'go run store.go adapter.go'
//
//	type store struct{ sync.Map }
//
//	func (s *store) Put(ctx context.Context, key, value []byte, options map[string]any) error {
//		s.Store(string(key), value)
//		return nil
//	}
//	func (s *store) Get(ctx context.Context, key []byte, options map[string]any) ([]byte, error) {
//		if value, ok := s.Load(string(key)); ok {
//			return value.([]byte), nil
//		}
//		return nil, ErrNotFound
//	}
//	func main() { Serve(&store{}) }
//
// The context has the deadline of the call, and is cancelled when nobody waits any more. Wrap ErrInvalidKey to say why:
// fmt.Errorf("%w: 300 bytes, and the limit is 256", ErrInvalidKey). Keep files in os.Getenv("VALUE_STORE_DIR").
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// A Store is called many times at once. If it is an io.Closer, it is closed at the end.
type Store interface {
	Put(ctx context.Context, key, value []byte, options map[string]any) error
	Get(ctx context.Context, key []byte, options map[string]any) ([]byte, error)
}

var ErrNotFound = errors.New("routing: not found")
var ErrInvalidKey = errors.New("invalid key")
var ErrInvalidValue = errors.New("invalid value")

// Serve serves each store under a URL of its own, until standard input ends. Several stores are nodes of one network.
func Serve(stores ...Store) {
	urls := ""
	for _, store := range stores {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			log.Fatal(err)
		}
		urls += fmt.Sprintf("http://%s\n", listener.Addr())
		go http.Serve(listener, handler{store})
	}
	os.Stdout.WriteString(urls)
	io.Copy(io.Discard, os.Stdin)
	for _, store := range stores {
		if closer, ok := store.(io.Closer); ok {
			closer.Close()
		}
	}
}

type handler struct{ Store }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, answer := http.StatusOK, map[string]any{"ID": "", "Type": 5, "Responses": nil}
	if value, err := h.answer(r); err == nil {
		answer["Extra"] = base64.StdEncoding.EncodeToString(value)
	} else {
		status, answer = http.StatusInternalServerError, map[string]any{"Message": message(err), "Code": 0, "Type": "error"}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

func (h handler) answer(r *http.Request) ([]byte, error) {
	value, err := read(r)
	if err != nil {
		return nil, err
	}
	ctx, key, options := r.Context(), []byte(nil), map[string]any{}
	for name := range r.Form {
		switch text := r.Form.Get(name); name {
		case "arg":
			key = keyOf(text)
		case "timeout":
			timeout, err := time.ParseDuration(text)
			if err != nil {
				return nil, err
			}
			limited, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			ctx = limited
		default: // JSON, or else text.
			var option any = text
			json.Unmarshal([]byte(text), &option)
			options[name] = option
		}
	}
	done := make(chan struct{})
	go func() { // Nobody waits for it after the deadline.
		defer func() {
			if reason := recover(); reason != nil {
				err = fmt.Errorf("panic: %v", reason)
			}
			close(done)
		}()
		switch r.URL.Path {
		case putPath:
			value, err = nil, h.Put(ctx, key, value, options)
		case getPath:
			value, err = h.Get(ctx, key, options)
		default:
			err = fmt.Errorf("there is no %s", r.URL.Path)
		}
	}()
	select {
	case <-done:
		return value, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

const putPath, getPath = "/api/v0/routing/put", "/api/v0/routing/get"

// Reads the parameters into the Form of the request, and returns the value of a put. What is too long for the URL is in the
// body: of a get as a form, of a put as a second part behind the value.
func read(r *http.Request) ([]byte, error) {
	if err := r.ParseForm(); err != nil || r.URL.Path != putPath {
		return nil, err
	}
	var parts [2]bytes.Buffer
	form, err := r.MultipartReader()
	for i := 0; err == nil; i++ {
		var part io.Reader
		if part, err = form.NextPart(); err == nil && i < len(parts) {
			_, err = parts[i].ReadFrom(part)
		}
	}
	if err != io.EOF { // The end of a whole body.
		return nil, fmt.Errorf("the body of a put: %w", err)
	}
	rest, err := url.ParseQuery(parts[1].String())
	for name, values := range rest {
		r.Form[name] = values
	}
	return parts[0].Bytes(), err
}

// A key comes as text, or, if it is none, as base64url after a prefix.
func keyOf(text string) []byte {
	digits := strings.TrimPrefix(text, "/multibase/u")
	if key, err := base64.RawURLEncoding.DecodeString(digits); err == nil && digits != text {
		return key
	}
	return []byte(text)
}

// By the message, the client tells what kind of error it is.
func message(err error) string {
	for _, kind := range []error{ErrNotFound, context.DeadlineExceeded} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	for _, kind := range []error{ErrInvalidKey, ErrInvalidValue} {
		if errors.Is(err, kind) {
			return kind.Error() + ": " + strings.TrimPrefix(err.Error(), kind.Error()+": ")
		}
	}
	return err.Error()
}
