// Package httpd opens a port and serves on it until it is told to end, and
// tells a person at a terminal what happens.
package httpd

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Listen opens the port. If it is taken, the error names one that is free,
// with command as what to type, up to the flag --addr.
func Listen(addr, command string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err == nil {
		return listener, nil
	}
	host, portText, splitErr := net.SplitHostPort(addr)
	if splitErr != nil || !errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	port, _ := strconv.Atoi(portText)
	for free := port + 1000; free < min(port+1100, 65536); free++ {
		other := net.JoinHostPort(host, strconv.Itoa(free))
		if l, err := net.Listen("tcp", other); err == nil {
			l.Close()
			return nil, fmt.Errorf("port %d is in use; %d is free: %s --addr %s", port, free, command, other)
		}
	}
	return nil, fmt.Errorf("port %d is in use; choose another: %s --addr %s", port, command, net.JoinHostPort(host, "0"))
}

// Reachable are the addresses at which others on the network reach a listener
// on all interfaces of this machine; else there are none to add to its own.
func Reachable(addr string) []string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return nil
	}
	interfaces, _ := net.InterfaceAddrs()
	var all []string
	for _, a := range interfaces {
		if network, ok := a.(*net.IPNet); ok && network.IP.IsGlobalUnicast() && network.IP.To4() != nil {
			all = append(all, net.JoinHostPort(network.IP.String(), port))
		}
	}
	return all
}

// Browsable is a listener's address as a browser on this machine reaches it.
func Browsable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return addr
}
