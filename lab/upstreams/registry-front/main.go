// Copyright: GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command registry-front is what clients of the lab's container registry talk to: TLS, with the registry behind it,
// and the lab's API for a few paths. So the registry and the token service it sends clients to have one address:
// clients such as go-containerregistry refuse a token service at another private address.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	listen := flag.String("listen", "", "`address` to serve on")
	certificate := flag.String("certificate", "", "PEM `file`")
	key := flag.String("key", "", "PEM `file`")
	registry := flag.String("registry", "", "`URL` of the registry")
	api := flag.String("api", "", "`URL` of the lab's API")
	apiCA := flag.String("api-ca", "", "PEM `file` of who vouches for the API")
	apiPaths := flag.String("api-paths", "", "`paths` that the API answers, with commas; with a slash at its end, all below it")
	flag.Parse()
	if err := serve(*listen, *certificate, *key, *registry, *api, *apiCA, strings.Split(*apiPaths, ",")); err != nil {
		log.Fatal(err)
	}
}

func serve(listen, certificate, key, registry, api, apiCA string, apiPaths []string) error {
	toRegistry, err := proxy(registry, http.DefaultTransport)
	if err != nil {
		return err
	}
	pem, err := os.ReadFile(apiCA)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New(apiCA + " holds no certificate")
	}
	toAPI, err := proxy(api, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}})
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr:              listen,
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if slices.ContainsFunc(apiPaths, func(path string) bool { return covers(path, r.URL.Path) }) {
				toAPI.ServeHTTP(w, r)
			} else {
				toRegistry.ServeHTTP(w, r)
			}
		}),
	}
	return server.ListenAndServeTLS(certificate, key)
}

// covers tells whether a path is the one that was asked for, or a folder above it.
func covers(path, asked string) bool {
	return asked == path || strings.HasSuffix(path, "/") && strings.HasPrefix(asked, path)
}

// proxy passes requests on with the host the client named: the registry refers clients to itself by that name.
func proxy(target string, transport http.RoundTripper) (*httputil.ReverseProxy, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	rewrite := func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}
	// -1: what the registry says of a long upload gets to the client at once.
	return &httputil.ReverseProxy{Rewrite: rewrite, Transport: transport, FlushInterval: -1}, nil
}
