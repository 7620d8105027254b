package blob

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"fengsui"
)

const (
	// partSize is what of a large blob is in memory at a time. S3 takes maxParts of them:
	// the largest blob has 160 GB.
	partSize = 16 << 20
	maxParts = 10_000
	// answerTime is how long a server may take until it begins to answer, tries how
	// often a question is asked that got none.
	answerTime = 30 * time.Second
	tries      = 4
	// sumKey is under which metadata a blob of one part carries its SHA-256.
	sumKey      = "Sha256"
	contentType = "application/octet-stream"
)

// S3Config says where blobs are in an S3-compatible store.
type S3Config struct {
	Endpoint  string // host:port
	TLS       bool
	Region    string
	Bucket    string // it must be there
	Prefix    string // of every key, without a slash at its end; empty: none
	DNS       bool   // the bucket is part of the host's name, and not of the path
	AccessKey string
	SecretKey string
	Roots     *x509.CertPool // nil: the system's

	page int // keys of one answer to List, for tests; 0: the server's, 1000
}

// ParseS3 reads a place in an S3-compatible store:
//
//	s3://bucket/prefix?endpoint=https://host:port&region=us-east-1&lookup=path
//
// The prefix may be absent, and so may region (us-east-1) and lookup (path, or dns for
// stores that want the bucket in the host's name). It holds no keys.
func ParseS3(text string) (S3Config, error) {
	var c S3Config
	bad := func(what string) (S3Config, error) {
		return S3Config{}, fmt.Errorf("%s: it must be s3://bucket/prefix?endpoint=https://host:port", what)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "s3":
		return bad("it is no address of an S3 store")
	case u.User != nil:
		return bad("keys do not belong into it, they have a file of their own")
	case u.Host == "" || u.Fragment != "":
		return bad("it names no bucket")
	}
	c.Bucket, c.Prefix = u.Host, strings.Trim(u.Path, "/")
	if c.Prefix != "" && check(c.Prefix) != nil {
		return bad("its prefix is not what a key can begin with")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return bad("what follows the question mark cannot be read")
	}
	for k := range q {
		if !slices.Contains([]string{"endpoint", "region", "lookup"}, k) {
			return bad(fmt.Sprintf("%q is not known", k))
		}
	}
	e, err := url.Parse(q.Get("endpoint"))
	if err != nil || e.Host == "" || e.User != nil || strings.Trim(e.Path, "/") != "" || e.Scheme != "https" && e.Scheme != "http" {
		return bad("its endpoint is not the address of a server")
	}
	c.Endpoint, c.TLS = e.Host, e.Scheme == "https"
	c.Region = cmp.Or(q.Get("region"), "us-east-1")
	switch q.Get("lookup") {
	case "", "path":
	case "dns":
		c.DNS = true
	default:
		return bad("lookup is path or dns")
	}
	return c, nil
}

// S3 keeps blobs in an S3-compatible store. A Put is seen when it is complete, as S3
// promises; that what arrived is what was sent is checked by the server for each part
// (Content-MD5), and by Get for blobs of one part (16 MiB), which carry their SHA-256.
// Larger ones are archives, which carry a sum of their own. What a Get yields ends with
// its context.
type S3 struct {
	core   minio.Core
	bucket string
	prefix string // with its slash
	page   int
}

// OpenS3 opens a store and asks whether its bucket is there.
func OpenS3(ctx context.Context, c S3Config) (*S3, error) {
	lookup := minio.BucketLookupPath
	if c.DNS {
		lookup = minio.BucketLookupDNS
	}
	client, err := minio.New(c.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""), Secure: c.TLS, Region: c.Region, BucketLookup: lookup, MaxRetries: tries,
		Transport: &http.Transport{
			DialContext:     (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
			TLSClientConfig: &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: 10 * time.Second,
			ResponseHeaderTimeout: answerTime, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute,
			DisableCompression: true, // or the length of what is read would be lost
		},
	})
	if err != nil {
		return nil, fmt.Errorf("open S3 store %s: %w", c.Endpoint, err)
	}
	s := &S3{core: minio.Core{Client: client}, bucket: c.Bucket, page: c.page}
	if c.Prefix != "" {
		s.prefix = c.Prefix + "/"
	}
	there, err := client.BucketExists(ctx, c.Bucket)
	if err != nil {
		return nil, s.fail(ctx, "open bucket "+c.Bucket+" at "+c.Endpoint, err)
	}
	if !there {
		return nil, fengsui.Errorf(fengsui.NotFound, "no_bucket", "there is no bucket %s at %s: make it, and let the key of the configuration read, write, list and delete in it", c.Bucket, c.Endpoint)
	}
	return s, nil
}

// Put is Dir.Put.
func (s *S3) Put(ctx context.Context, key string, r io.Reader) (size int64, sum string, err error) {
	if err := check(key); err != nil {
		return 0, "", err
	}
	all := sha256.New()
	r = io.TeeReader(reader{ctx, r}, all)
	var part bytes.Buffer
	size, err = io.CopyN(&part, r, partSize)
	if err == io.EOF { // it is all there
		sum = hex.EncodeToString(all.Sum(nil))
		_, err = s.core.Client.PutObject(ctx, s.bucket, s.prefix+key, &part, size, minio.PutObjectOptions{
			ContentType: contentType, SendContentMd5: true, DisableMultipart: true, UserMetadata: map[string]string{sumKey: sum},
		})
	} else if err == nil {
		size, err = s.putParts(ctx, s.prefix+key, &part, r)
		sum = hex.EncodeToString(all.Sum(nil))
	}
	if err != nil {
		return 0, "", s.fail(ctx, "put blob "+key, err)
	}
	return size, sum, nil
}

// putParts puts what is in part, and what r yields after it, as one object.
func (s *S3) putParts(ctx context.Context, name string, part *bytes.Buffer, r io.Reader) (size int64, err error) {
	upload, err := s.core.NewMultipartUpload(ctx, s.bucket, name, minio.PutObjectOptions{ContentType: contentType})
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil { // ctx may be what ended it
			late, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTime)
			defer cancel()
			err = errors.Join(err, s.core.AbortMultipartUpload(late, s.bucket, name, upload))
		}
	}()
	var parts []minio.CompletePart
	for end := false; part.Len() > 0; {
		if len(parts) == maxParts {
			return 0, fmt.Errorf("it has more than %d parts of %d bytes", maxParts, partSize)
		}
		size += int64(part.Len())
		sum := md5.Sum(part.Bytes())
		sent, err := s.core.PutObjectPart(ctx, s.bucket, name, upload, len(parts)+1, bytes.NewReader(part.Bytes()), int64(part.Len()),
			minio.PutObjectPartOptions{Md5Base64: base64.StdEncoding.EncodeToString(sum[:])})
		if err != nil {
			return 0, err
		}
		parts = append(parts, minio.CompletePart{PartNumber: sent.PartNumber, ETag: sent.ETag})
		if part.Reset(); end {
			break
		}
		if _, err := io.CopyN(part, r, partSize); err == io.EOF {
			end = true
		} else if err != nil {
			return 0, err
		}
	}
	_, err = s.core.CompleteMultipartUpload(ctx, s.bucket, name, upload, parts, minio.PutObjectOptions{})
	return size, err
}

// Get is Dir.Get.
func (s *S3) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := check(key); err != nil {
		return nil, err
	}
	body, info, _, err := s.core.GetObject(ctx, s.bucket, s.prefix+key, minio.GetObjectOptions{})
	if err != nil {
		return nil, s.none(ctx, key, err)
	}
	sum := info.UserMetadata[sumKey]
	if sum == "" {
		return body, nil
	}
	return &summed{ReadCloser: body, key: key, want: sum, hash: sha256.New()}, nil
}

// Delete is Dir.Delete.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := check(key); err != nil {
		return err
	}
	// S3 deletes what is not there without a word.
	if _, err := s.core.StatObject(ctx, s.bucket, s.prefix+key, minio.StatObjectOptions{}); err != nil {
		return s.none(ctx, key, err)
	}
	if err := s.core.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{}); err != nil {
		return s.none(ctx, key, err)
	}
	return nil
}

// List is Dir.List; it asks the server page by page.
func (s *S3) List(ctx context.Context, prefix string) ([]Item, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the library's goroutine when we leave early
	var list []Item
	for o := range s.core.Client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix + prefix, Recursive: true, MaxKeys: s.page}) {
		if o.Err != nil {
			return nil, s.fail(ctx, fmt.Sprintf("list blobs %q", prefix), o.Err)
		}
		if key := strings.TrimPrefix(o.Key, s.prefix); check(key) == nil {
			list = append(list, Item{Key: key, Size: o.Size, At: fengsui.At(o.LastModified)})
		}
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("list blobs %q: %w", prefix, context.Cause(ctx))
	}
	slices.SortFunc(list, func(a, b Item) int { return strings.Compare(a.Key, b.Key) })
	return list, nil
}

// none is fail for a blob that may be absent.
func (s *S3) none(ctx context.Context, key string, err error) error {
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return fengsui.Errorf(fengsui.NotFound, "no_file", "there is no file %s", key)
	}
	return s.fail(ctx, "open blob "+key, err)
}

// fail says of an error whether it passes when the server is back.
func (s *S3) fail(ctx context.Context, what string, err error) error {
	wrapped := fmt.Errorf("%s: %w", what, err)
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
	_, network := errors.AsType[net.Error](err)
	switch r := minio.ToErrorResponse(err); {
	case r.StatusCode == http.StatusInsufficientStorage || r.Code == "XMinioStorageFull":
		return errors.Join(fengsui.Errorf(fengsui.Unavailable, "disk_full", "the disk is full; nothing was stored, please make room and try again"), wrapped)
	case network || r.StatusCode >= 500 || r.StatusCode == http.StatusTooManyRequests:
		return errors.Join(fengsui.Errorf(fengsui.Unavailable, "blob_away", "the store of files cannot be reached at the moment; please try again"), wrapped)
	}
	return wrapped
}

// summed compares what is read with its sum, at its end.
type summed struct {
	io.ReadCloser
	key, want string
	hash      hash.Hash
}

func (s *summed) Read(b []byte) (int, error) {
	n, err := s.ReadCloser.Read(b)
	s.hash.Write(b[:n])
	if err == io.EOF && hex.EncodeToString(s.hash.Sum(nil)) != s.want {
		err = fmt.Errorf("read blob %s: what is read differs from what was put", s.key)
	}
	return n, err
}
